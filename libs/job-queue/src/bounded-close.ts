import { BullModule } from '@nestjs/bullmq';
import { Queue, Worker, type Job } from 'bullmq';

/** How long a store may take to show that it is there when its connections are closed, milliseconds. */
const ANSWER_MS = 500;

/**
 * Makes queues and workers of this process close within a second or so when their store is gone, once what is being worked
 * on has ended. BullMQ says good-bye to the store and waits for the answer, for ever with a Redis that does not come back.
 */
export function useBoundedClose(): void {
  BullModule.queueClass = BoundedQueue;
  BullModule.workerClass = BoundedWorker as typeof Worker;
}

class BoundedQueue extends Queue {
  override async close(): Promise<void> {
    // What the backend has closed by force is not closed again.
    if (!(await answers(this))) await this.backend.close(true);
    await super.close();
  }
}

class BoundedWorker extends Worker {
  private readonly working = new Set<Promise<unknown>>();

  override async close(force = false): Promise<void> {
    await super.close(force || !(await answers(this)));
    // A close by force does not wait for what is being worked on, which needs the store no more.
    if (!force) await Promise.allSettled(this.working);
  }

  protected override callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
    const work = super.callProcessJob(job, token, signal).finally(() => this.working.delete(work));
    this.working.add(work);
    return work;
  }
}

async function answers({ backend }: Pick<Queue, 'backend'>): Promise<boolean> {
  const answer = backend.getCounts(['wait']).then(
    () => true,
    () => false,
  );
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<false>((resolve) => (late = setTimeout(() => resolve(false), ANSWER_MS)));
  return Promise.race([answer, silence]).finally(() => clearTimeout(late));
}
