import { Injectable } from '@nestjs/common';
import type { SiteFinding } from '@orion/contracts';
import type { JobError } from '@orion/domain';
import type { JobProgress } from '@orion/persistence';

import type { JobWork } from './job-work';
import { StopJob } from './stop-job';

/** Decides whether a job has come to the end of its phase, and what follows. */
@Injectable()
export class SettleJob {
  constructor(private readonly stopJob: StopJob) {}

  /** `failure`: the error of a step that has just failed for good. */
  async execute(work: JobWork, progress: Omit<JobProgress, 'jobId'>, failure?: JobError): Promise<void> {
    const { job } = work;
    if (job.phase === 'drain') return this.stopJob.continueDrained(work);
    if (job.phase !== 'forward' && job.phase !== 'compensate') return;
    if (progress.stepsDone >= progress.stepsTotal) return this.finished(work);
    if (progress.stepsFailed === 0) return;
    const error = failure ?? STEPS_FAILED;
    if (job.phase === 'forward' && job.kind === 'range.deploy' && job.params['onFailure'] === 'rollback') {
      return this.stopJob.begin(work, error);
    }
    if (!(await work.steps.hasActive(job.id, job.phase))) await work.end({ state: 'failed', error });
  }

  private async finished(work: JobWork): Promise<void> {
    const { job } = work;
    if (job.phase === 'compensate') return this.stopJob.ended(work, job.error ?? undefined);
    if (job.kind !== 'site.check') return work.end({ state: 'succeeded' });
    const { findings = [] } = ((await work.steps.resultOf(job.id, 'site.check')) ?? {}) as {
      readonly findings?: readonly SiteFinding[];
    };
    const ok = findings.every(({ status }) => status !== 'failed');
    await work.end({ state: 'succeeded', result: { ok, findings } });
  }
}

const STEPS_FAILED: JobError = { code: 'job.steps_failed', detail: 'Steps of the job failed.' };
