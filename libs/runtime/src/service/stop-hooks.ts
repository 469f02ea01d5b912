import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../clock';
import type { Logger } from '../logging/logger';

interface StopHook {
  readonly name: string;
  readonly run: () => Promise<unknown> | void;
}

const LATE = Symbol('late');

/** Runs what must happen at a stop, the last registered first, within one deadline for all. */
export class StopHooks {
  private readonly hooks: StopHook[] = [];
  private outcome: Promise<readonly string[]> | undefined;

  constructor(
    private readonly timeoutMs: number,
    private readonly log: Logger,
  ) {}

  add(name: string, run: StopHook['run']): void {
    this.hooks.push({ name, run });
  }

  /** A hook that fails or hangs does not keep the others from running. Answers the names of those that did. */
  run(): Promise<readonly string[]> {
    this.outcome ??= this.runAll();
    return this.outcome;
  }

  private async runAll(): Promise<readonly string[]> {
    const deadline = monotonicMs() + this.timeoutMs;
    const unfinished: string[] = [];
    for (const hook of [...this.hooks].reverse()) {
      if (!(await this.runOne(hook, deadline))) unfinished.push(hook.name);
    }
    return unfinished;
  }

  private async runOne({ name, run }: StopHook, deadline: number): Promise<boolean> {
    this.log.debug('Stopping', { part: name });
    const abandoned = new AbortController();
    // Even past the deadline each part gets a moment: most need no more, and a flushed log is worth it.
    const left = Math.max(50, deadline - monotonicMs());
    const late = delay(left, LATE, { signal: abandoned.signal }).catch(() => undefined);
    try {
      if ((await Promise.race([Promise.resolve(run()), late])) !== LATE) return true;
      this.log.error('Gave up on a part that does not stop', { part: name, waitedMs: Math.round(left) });
    } catch (error) {
      this.log.error('A part failed to stop', { part: name, err: error });
    } finally {
      abandoned.abort();
    }
    return false;
  }
}
