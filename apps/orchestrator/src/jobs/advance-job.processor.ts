import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { parseWakeUp, QUEUES, tracedProcess, WORKER_DEFAULTS, type WakeUp } from '@orion/job-queue';
import { logger } from '@orion/runtime';
import type { Job } from 'bullmq';

import { AdvanceJob } from './advance-job.use-case';

const log = logger('advance-job');

/** A wake-up carries only an id. State lives in PostgreSQL, so a repeated wake-up changes nothing. */
@Processor(QUEUES.advanceJob, WORKER_DEFAULTS)
export class AdvanceJobProcessor extends WorkerHost {
  constructor(private readonly advanceJob: AdvanceJob) {
    super();
  }

  async process({ data }: Job<WakeUp>): Promise<void> {
    const wakeUp = parseWakeUp(data);
    await tracedProcess(QUEUES.advanceJob, wakeUp, () => this.advanceJob.execute(wakeUp.jobId));
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    log.warn('Leaving jobs to the sweep: the queue cannot be read', { err: error });
  }

  @OnWorkerEvent('failed')
  onFailed(_job: Job<WakeUp> | undefined, error: Error): void {
    log.warn('Leaving job to the sweep: it could not be advanced', { err: error });
  }
}
