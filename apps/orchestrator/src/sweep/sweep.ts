import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { CommandEnvelope } from '@orion/contracts';
import { CommandStore, SweepStore, type StoredCommand } from '@orion/persistence';
import { logger, monotonicMs } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { SUSPECT_AFTER_MS } from '../dispatch/dispatch-site.use-case';
import { SiteWork } from '../dispatch/site-work';
import { EstimateJobs } from '../estimates/estimate-jobs';
import { AdvanceJob } from '../jobs/advance-job.use-case';
import { Settings } from '../settings';
import { WatchSites } from '../sites/watch-sites';

const log = logger('sweep');

/** What a wake-up should have reached by now, milliseconds. */
const FORGOTTEN_MS = 1_000;
/** After this long without an acknowledgement a command is sent again: longer than one request may take, milliseconds. */
const RESEND_MS = 2_500;
const JOBS_AT_ONCE = 100;
const COMMANDS_AT_ONCE = 500;
/** Nobody waits for a cancelled command any longer, milliseconds. */
const CANCELLED_MS = 24 * 60 * 60_000;
const HOUSEKEEPING_MS = 60 * 60_000;
/** After a failure. */
const HOUSEKEEPING_AGAIN_MS = 60_000;

/**
 * Finds what lost wake-ups, lost messages and silent agents have left behind, so that nothing rests on the queue, the bus
 * or the memory of a process. Any number of orchestrators may sweep at once.
 */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly store: SweepStore;
  private timer: NodeJS.Timeout | undefined;
  private dueTimer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private housekeeping: Promise<void> | undefined;
  private housekeepAt = -Infinity;

  constructor(
    private readonly source: DataSource,
    private readonly settings: Settings,
    private readonly advanceJob: AdvanceJob,
    private readonly siteWork: SiteWork,
    private readonly estimateJobs: EstimateJobs,
    private readonly watchSites: WatchSites,
  ) {
    this.store = new SweepStore(source);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.execute(), this.settings.sweepIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.dueTimer);
    await this.running;
    await this.housekeeping;
  }

  /** One sweep; while it runs, asking again waits for it. */
  execute(): Promise<void> {
    this.running ??= this.sweep().finally(() => (this.running = undefined));
    return this.running;
  }

  private async sweep(): Promise<void> {
    try {
      await this.advanceForgotten();
      await this.resend();
      for (const siteId of await this.store.sitesWithWork()) this.siteWork.dispatch(siteId);
      await this.watchNextDue();
      this.housekeep();
      await this.watchSites.execute();
      await this.estimateJobs.execute();
    } catch (error) {
      log.warn('Leaving the rest to the next sweep', { err: error });
    }
  }

  private async advanceForgotten(): Promise<void> {
    const forgotten = await this.store.forgottenJobs(FORGOTTEN_MS, JOBS_AT_ONCE);
    const admissible = await this.store.admissibleJobs(JOBS_AT_ONCE);
    const overdue = await this.store.jobsWithOverdueSteps(this.settings.stepGraceMs, JOBS_AT_ONCE);
    for (const jobId of new Set([...forgotten, ...admissible, ...overdue])) {
      await this.advanceJob.execute(jobId).catch((error: unknown) => {
        log.warn('Leaving job to the next sweep', { jobId, err: error });
      });
    }
    await this.store.forgetOutbox(forgotten);
  }

  private async resend(): Promise<void> {
    const commands = await CommandStore.claimUnacknowledged(this.source, {
      olderThanMs: RESEND_MS,
      count: COMMANDS_AT_ONCE,
      heardWithinMs: SUSPECT_AFTER_MS,
    });
    if (commands.length > 0) this.siteWork.send(commands.map(envelopeOf));
    const cancelling = await CommandStore.claimCancelling(this.source, RESEND_MS, COMMANDS_AT_ONCE);
    if (cancelling.length > 0) this.siteWork.cancel(cancelling);
  }

  /** A back-off that ends before the next sweep is waited for exactly. */
  private async watchNextDue(): Promise<void> {
    clearTimeout(this.dueTimer);
    const inMs = await this.store.nextDueInMs();
    if (inMs === undefined || inMs > this.settings.sweepIntervalMs) return;
    this.dueTimer = setTimeout(() => void this.dispatchDue(), Math.max(1, inMs));
  }

  private async dispatchDue(): Promise<void> {
    try {
      for (const siteId of await this.store.sitesWithWork()) this.siteWork.dispatch(siteId);
    } catch (error) {
      log.debug('Leaving what is due to the next sweep', { err: error });
    }
  }

  /** Beside the sweeps, which cannot wait for it. */
  private housekeep(): void {
    if (this.housekeeping !== undefined || monotonicMs() < this.housekeepAt) return;
    const keep = async (): Promise<void> => {
      await CommandStore.giveUp(this.source, CANCELLED_MS);
      await this.store.housekeeping(this.settings.retention);
    };
    this.housekeeping = keep().then(
      () => this.housekept(HOUSEKEEPING_MS),
      (error: unknown) => {
        log.warn('Housekeeping again in a minute', { err: error });
        this.housekept(HOUSEKEEPING_AGAIN_MS);
      },
    );
  }

  private housekept(againInMs: number): void {
    this.housekeeping = undefined;
    this.housekeepAt = monotonicMs() + againInMs;
  }
}

/** The command as it was issued, for the generation that serves the site now. */
function envelopeOf({ envelope, generation }: StoredCommand): CommandEnvelope {
  return { ...(envelope as unknown as CommandEnvelope), generation };
}
