import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from '../../hypervisor-error';
import type { Operation } from '../../port';

/** Says that the caller does not want the operation any more. */
export function cancelled(what: string): HypervisorError {
  return new HypervisorError('command.cancelled', 'permanent', `${what} was cancelled`);
}

/** The outcome could not be found out. Looking again later is safe. */
export function outcomeUnknown(what: string, why: string): HypervisorError {
  return new HypervisorError('hypervisor.outcome_unknown', 'unknown', `${what}: ${why}`);
}

/** One operation under way: its clock, its waits and the caller's hooks. */
export class OperationScope {
  private readonly endsAt: number;

  constructor(
    /** For messages: `start VM 4001`. */
    readonly what: string,
    readonly operation: Operation,
  ) {
    this.endsAt = performance.now() + operation.timeoutMs;
  }

  get aborted(): boolean {
    return this.operation.signal.aborted;
  }
  get signal(): AbortSignal {
    return this.operation.signal;
  }
  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** Throws when the caller has given up or the time is over. */
  check(): void {
    if (this.aborted) throw cancelled(this.what);
    if (this.remainingMs === 0) throw outcomeUnknown(this.what, `not done after ${this.operation.timeoutMs} ms`);
  }

  /** Waits, but not beyond the end of the operation. */
  async pause(ms: number): Promise<void> {
    this.check();
    try {
      await delay(Math.min(ms, this.remainingMs + 1), undefined, { signal: this.signal });
    } catch {
      throw cancelled(this.what);
    }
  }

  /** Before each call that changes something: the last moment at which nothing has happened. */
  async intend(intent: string): Promise<void> {
    this.check();
    await this.operation.onIntent(intent);
    this.check();
  }

  /** Looks until `see` finds something, at most `ms` milliseconds; undefined then. */
  async lookFor<T>(ms: number, see: () => Promise<T | undefined>): Promise<T | undefined> {
    const until = performance.now() + ms;
    for (let pauseMs = 100; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      const seen = await see();
      if (seen !== undefined || performance.now() + pauseMs > until) return seen;
      await this.pause(pauseMs);
    }
  }
}
