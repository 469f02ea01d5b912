import { randomUUID } from 'node:crypto';

import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { logger } from '@orion/runtime';
import { Queue } from 'bullmq';

import { tracedSend } from './queue-tracing';
import { QUEUES, type WakeUp } from './wake-up';

const log = logger('job-waker');

/** How long a caller waits for the queue, milliseconds. */
const WAKE_TIMEOUT_MS = 500;
/** Wake-ups that wait for a queue that is down. More are dropped: each would hold memory until it is back. */
const MAX_PENDING = 1_000;
/** A queue that is down says so for every command; one line a second is enough. */
const ERROR_LOG_INTERVAL_MS = 1_000;

/** Wakes orchestrators. To be called after the commit that gave the job something to do. */
@Injectable()
export class JobWaker {
  private pending = 0;
  private lastErrorAt = -Infinity;

  constructor(@InjectQueue(QUEUES.advanceJob) private readonly queue: Queue<WakeUp>) {
    queue.on('error', (error) => this.reportError(error));
  }

  /**
   * Queues a wake-up for the job, and tells whether the queue has taken it. Best effort: never throws, and answers
   * within 500 ms; the orchestrators' sweep finds what it misses within a second or two.
   *
   * May be repeated: while a wake-up of the job waits, another adds nothing; while one is being worked on, one more
   * follows it, so that what was committed meanwhile is seen.
   */
  async wake(wakeUp: WakeUp): Promise<boolean> {
    if (this.pending >= MAX_PENDING) return false;
    this.pending += 1;
    const sent = this.send(wakeUp).finally(() => (this.pending -= 1));
    return Promise.race([sent, after(WAKE_TIMEOUT_MS)]);
  }

  /** One round trip to the queue's store, milliseconds. Throws when it does not answer within `timeoutMs`. */
  async ping(timeoutMs = 1_000): Promise<number> {
    const start = performance.now();
    const answer = this.queue.getWaitingCount().then(() => true);
    if (!(await Promise.race([answer, after(timeoutMs)]))) {
      answer.catch(() => undefined);
      throw new Error(`The queue did not answer within ${timeoutMs} ms.`);
    }
    return performance.now() - start;
  }

  private async send(wakeUp: WakeUp): Promise<boolean> {
    try {
      await tracedSend(QUEUES.advanceJob, wakeUp, (carried) =>
        this.queue.add(QUEUES.advanceJob, carried, {
          // Without one BullMQ counts in a sequence of its own, which a service's role may not create in PostgreSQL.
          jobId: randomUUID(),
          deduplication: { id: wakeUp.jobId, keepLastIfActive: true },
        }),
      );
      return true;
    } catch (error) {
      this.reportError(error);
      return false;
    }
  }

  private reportError(error: unknown): void {
    const now = performance.now();
    if (now - this.lastErrorAt < ERROR_LOG_INTERVAL_MS) return;
    this.lastErrorAt = now;
    log.warn('Leaving wake-ups to the sweep: the queue does not take them', { err: error });
  }
}

function after(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), milliseconds).unref();
  });
}
