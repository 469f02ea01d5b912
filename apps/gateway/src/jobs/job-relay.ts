import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { JobWaker, type WakeUp } from '@orion/job-queue';

import type { Caller } from '../http/caller';

/** While more clients than this wait for their acceptance, what was accepted waits for them. */
const FEW = 3;
/** But not longer, milliseconds. */
const PATIENCE_MS = 250;

/**
 * Tells an orchestrator of a job right after the commit. Nobody waits for it: the outbox row of the same transaction stays
 * until an orchestrator works on the job, and the sweep finds what this one misses.
 *
 * Answers come before work: in a storm of requests the wake-ups of those that were accepted first are held until the others
 * are, so that work which takes minutes does not take the processors from answers that take milliseconds.
 */
@Injectable()
export class JobRelay implements OnApplicationShutdown {
  private accepting = 0;
  private held: WakeUp[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly waker: JobWaker) {}

  /** Runs what ends in an announcement, and counts it among those that wait for their acceptance. */
  async whileAccepting<T>(accept: () => Promise<T>): Promise<T> {
    this.accepting += 1;
    try {
      return await accept();
    } finally {
      this.accepting -= 1;
      if (this.accepting <= FEW) this.release();
    }
  }

  announce(jobId: string, { principal, traceparent }: Pick<Caller, 'principal' | 'traceparent'>): void {
    const { tenantId } = principal;
    this.held.push({ jobId, tenantId, ...(traceparent === undefined ? {} : { traceparent }) });
    if (this.accepting <= FEW) this.release();
    else this.timer ??= setTimeout(() => this.release(), PATIENCE_MS);
  }

  onApplicationShutdown(): void {
    this.release();
  }

  private release(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const wakeUp of this.held.splice(0)) void this.waker.wake(wakeUp);
  }
}
