import { randomUUID } from 'node:crypto';
import type { OrchestratorBus } from '@orion/agent-bus';
import type { InventoryPage } from '@orion/contracts';
import { HypervisorError, type Hypervisor } from '@orion/hypervisor';
import { logger, monotonicMs, withRemoteParent, type Clock } from '@orion/runtime';
import { contentsOf } from './inventory-pages';
import type { Registration } from './registration';

const log = logger('inventory');
/** Changes that follow one another closely are told together. */
const GATHERING_MS = 500;
/** Reports after changes rest for so many times what the last one took: a large site is not read all the time. */
const REST = 19;
/** VMs with a mark are found wherever they are; the orchestrator knows which ids are the site's. */
const EVERY_ID = { first: 100, last: 999_999_999 } as const;

export interface InventoryOptions {
  readonly registration: Registration;
  readonly orchestrator: OrchestratorBus;
  readonly hypervisor: () => Hypervisor;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/** Reports the whole picture of the site: at the start, at an interval, and soon after each change. */
export class InventoryReporter {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  /** When the hypervisor may be read again because of a change. */
  private restedAt = 0;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private failing = false;

  constructor(private readonly options: InventoryOptions) {}

  /** Reports now, or soon after the report that is under way. */
  report(): void {
    this.cancelTimer();
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.begin().then(
      () => (this.failing = false),
      (error: unknown) => {
        // The first of a row tells it all: NATS may be away for an hour.
        log[this.failing ? 'debug' : 'warn']('Reporting inventory later', { err: error });
        this.failing = true;
      },
    );
  }

  /** Reports what is there from now on, and answers when that picture was taken. Fails when it could not be recorded. */
  async observe(): Promise<string> {
    while (this.running) await this.running;
    this.cancelTimer();
    return this.begin();
  }

  /** Something has changed: reports soon. Further changes do not put that off. */
  changed(): void {
    if (this.running) this.again = true;
    else this.by(Math.max(monotonicMs() + GATHERING_MS, this.restedAt));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.running;
  }

  /** Sees to a report at `at` at the latest. */
  private by(at: number): void {
    if (this.stopped || at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    // Not a part of the command that happened to ask for it.
    this.timer = setTimeout(() => withRemoteParent(undefined, () => this.report()), at - monotonicMs());
  }

  private cancelTimer(): void {
    clearTimeout(this.timer);
    this.dueAt = Infinity;
  }

  private begin(): Promise<string> {
    const began = monotonicMs();
    const report = this.once();
    const ended = (): void => {
      this.running = undefined;
      const now = monotonicMs();
      this.restedAt = now + REST * (now - began);
      this.by(now + this.options.intervalMs);
      if (this.again) this.changed();
      this.again = false;
    };
    this.running = report.then(ended, ended);
    return report;
  }

  private async once(): Promise<string> {
    const { registration, orchestrator, clock } = this.options;
    if (registration.state !== 'active') throw notServing();
    const hypervisor = this.options.hypervisor();
    // Taken before the first read: what happens meanwhile may or may not be in the picture.
    const takenAt = clock.now().toISOString();
    const [hosts, storages, vms, sdn] = await Promise.all([
      hypervisor.listHosts(),
      hypervisor.listStorages(),
      hypervisor.listVms(EVERY_ID),
      hypervisor.listSdn(),
    ]);
    const pages = contentsOf(vms, sdn);
    const inventoryId = randomUUID();
    for (const [index, page] of pages.entries()) {
      const first = index === 0;
      const message: InventoryPage = {
        siteId: registration.siteId,
        generation: registration.generation,
        inventoryId,
        takenAt,
        page: index + 1,
        pages: pages.length,
        hosts: first ? hosts : [],
        storages: first ? storages : [],
        ...page,
      };
      if (!(await orchestrator.inventory(message)).received) throw notServing();
    }
    return takenAt;
  }
}

/** Another agent may have registered for the site meanwhile. */
function notServing(): HypervisorError {
  return new HypervisorError('agent.generation_mismatch', 'retryable', 'This agent does not serve the site now.');
}
