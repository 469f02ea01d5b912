import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_LEASE_MS } from '@orion/contracts';
import { logger, monotonicMs } from '@orion/runtime';

const log = logger('lease');
const RENEWED = 'renewed';
/** A change that was begun may wait this long for its turn on the wire. */
const MARGIN_MS = 1_000;

/**
 * Until when this agent may begin changes at the hypervisor. It runs from the sending of the last sign of life that the
 * control plane confirmed, so that it is over before another agent, which counts from the receipt, may begin any. A process
 * that was frozen wakes with its lease over.
 */
export class Lease {
  private from = Infinity;
  private until = -Infinity;
  private lapsed = false;
  private readonly renewals = new EventEmitter().setMaxListeners(0);

  /** `now`: milliseconds that never go back, and go on while the process is frozen. */
  constructor(private readonly now: () => number = monotonicMs) {}

  /** Of a new generation: begins when the one before must have ended, `actAfterMs` from now. */
  begin(sentAt: number, actAfterMs: number): void {
    this.from = this.now() + actAfterMs;
    this.renew(sentAt);
  }

  /** The control plane has confirmed the sign of life that was sent at `sentAt`. */
  renew(sentAt: number): void {
    this.until = Math.max(this.until, sentAt + AGENT_LEASE_MS - MARGIN_MS);
    this.renewals.emit(RENEWED);
  }

  get holds(): boolean {
    const now = this.now();
    return now >= this.from && now < this.until;
  }

  /** Waits until changes may begin. Throws when `signal` aborts. */
  async held(signal: AbortSignal): Promise<void> {
    while (!this.holds) {
      signal.throwIfAborted();
      const waitMs = this.from - this.now();
      if (waitMs > 0 && waitMs < Infinity) {
        await delay(waitMs, undefined, { signal });
        continue;
      }
      if (!this.lapsed) log.warn('Beginning no changes until it is confirmed again that this agent serves the site');
      this.lapsed = true;
      await once(this.renewals, RENEWED, { signal });
    }
    this.lapsed = false;
  }
}
