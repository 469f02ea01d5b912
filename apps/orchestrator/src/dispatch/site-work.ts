import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SweepStore, type CancellingCommand } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { AdvanceJob } from '../jobs/advance-job.use-case';
import { Coalescer } from './coalescer';
import { DispatchSite } from './dispatch-site.use-case';
import { FollowCommit, type CommitFollower } from './follow-commit';
import { SendCancellations } from './send-cancellations';
import { SendCommands } from './send-commands';

const log = logger('site-work');

/** Jobs that one round of admission begins at a site. */
const ADMITTED_AT_ONCE = 20;

/** What follows commits, per site one at a time: sending what is ready, stopping what was cancelled, admitting the next job. */
@Injectable()
export class SiteWork implements CommitFollower, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly dispatching = new Coalescer((siteId) => this.attempt('Dispatching', () => this.dispatchNow(siteId)));
  private readonly admitting = new Coalescer((siteId) => this.attempt('Admitting', () => this.admitNow(siteId)));
  private readonly sending = new Set<Promise<void>>();
  private readonly sweep: SweepStore;

  constructor(
    source: DataSource,
    private readonly followCommit: FollowCommit,
    private readonly dispatchSite: DispatchSite,
    private readonly sendCommands: SendCommands,
    private readonly sendCancellations: SendCancellations,
    private readonly advanceJob: AdvanceJob,
  ) {
    this.sweep = new SweepStore(source);
  }

  onApplicationBootstrap(): void {
    this.followCommit.follow(this);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.dispatching.stop(), this.admitting.stop()]);
    await Promise.all(this.sending);
  }

  dispatch(siteId: string): void {
    this.dispatching.ask(siteId);
  }

  admit(siteId: string): void {
    this.admitting.ask(siteId);
  }

  advance(jobId: string): void {
    this.inBackground(this.attempt('Advancing', () => this.advanceJob.execute(jobId)));
  }

  cancel(cancellations: readonly CancellingCommand[]): void {
    this.inBackground(this.attempt('Sending cancellations', () => this.sendCancellations.execute(cancellations)));
  }

  /** Sends without holding up the next round of dispatching. */
  send(commands: Parameters<SendCommands['execute']>[0]): void {
    this.inBackground(this.attempt('Sending commands', () => this.sendCommands.execute(commands)));
  }

  private async dispatchNow(siteId: string): Promise<void> {
    const commands = await this.dispatchSite.execute(siteId);
    if (commands.length > 0) this.send(commands);
  }

  private async admitNow(siteId: string): Promise<void> {
    for (const jobId of await this.sweep.admissibleJobs(ADMITTED_AT_ONCE, siteId)) await this.advanceJob.execute(jobId);
  }

  private inBackground(work: Promise<void>): void {
    this.sending.add(work);
    void work.finally(() => this.sending.delete(work));
  }

  /** Whatever fails here is found again by the sweep. */
  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn(`${what} failed and is left to the sweep`, { err: error });
    }
  }
}
