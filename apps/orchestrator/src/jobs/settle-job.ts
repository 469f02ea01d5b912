import { Injectable } from '@nestjs/common';
import type { SiteFinding } from '@orion/contracts';
import { isReset, type JobError } from '@orion/domain';
import type { JobProgress, ScheduledJob } from '@orion/persistence';

import { FinishApply, isPastReturn } from './finish-apply';
import { FinishBaseline } from './finish-baseline';
import type { JobWork } from './job-work';
import { ProveReset } from './prove-reset';
import { StopJob } from './stop-job';

/** Decides whether a job has come to the end of its phase, and what follows. */
@Injectable()
export class SettleJob {
  constructor(
    private readonly stopJob: StopJob,
    private readonly finishBaseline: FinishBaseline,
    private readonly finishApply: FinishApply,
    private readonly proveReset: ProveReset,
  ) {}

  /** `failure`: the error of a step that has just failed for good. */
  async execute(work: JobWork, progress: Omit<JobProgress, 'jobId'>, failure?: JobError): Promise<void> {
    const { job } = work;
    if (job.phase === 'drain') return this.stopJob.continueDrained(work);
    if (job.phase !== 'forward' && job.phase !== 'compensate') return;
    if (progress.stepsDone >= progress.stepsTotal) return this.finished(work, progress);
    if (progress.stepsFailed === 0) return;
    const error = failure ?? STEPS_FAILED;
    if (job.phase === 'forward' && isUndoneOnFailure(job)) return this.stopJob.begin(work, error);
    if (await work.steps.hasActive(job.id, job.phase)) return;
    if (job.phase === 'forward' && isReset(job.kind)) return this.proveReset.execute(work);
    await work.end({ state: 'failed', error });
  }

  private async finished(work: JobWork, progress: Pick<JobProgress, 'stepsTotal'>): Promise<void> {
    const { job } = work;
    if (job.phase === 'compensate') return this.stopJob.ended(work, job.error ?? undefined);
    if (job.kind === 'range.repair' && progress.stepsTotal === LOOK) return this.planRepair(work);
    if (job.kind === 'baseline.create') return this.finishBaseline.execute(work);
    if (job.kind === 'range.apply') return this.finishApply.execute(work);
    if (isReset(job.kind)) return this.proveReset.execute(work);
    if (job.kind === 'site.observe') return work.end({ state: 'succeeded', result: await this.lookOf(work) });
    if (job.kind !== 'site.check') return work.end({ state: 'succeeded' });
    const findings = (await work.steps.results(job.id)).flatMap(({ result }) => findingsOf(result));
    const ok = findings.every(({ status }) => status !== 'failed');
    await work.end({ state: 'succeeded', result: { ok, findings } });
  }

  /** Of a repair the site has been looked at: what it needs is planned in a transaction of its own. */
  private async planRepair({ jobs, job, after }: JobWork): Promise<void> {
    await jobs.enter(job.id, 'plan', { total: LOOK, done: LOOK });
    after.advance.add(job.id);
  }

  private async lookOf({ steps, job }: JobWork): Promise<{ readonly observedAt: string | undefined }> {
    const result = (await steps.resultOf(job.id, 'site.observe')) as { readonly takenAt?: string } | null | undefined;
    return { observedAt: result?.takenAt };
  }
}

function findingsOf(result: unknown): readonly SiteFinding[] {
  return (result as { readonly findings?: readonly SiteFinding[] } | null)?.findings ?? [];
}

/** Steps of a repair that has only looked at the site yet. */
const LOOK = 1;

const STEPS_FAILED: JobError = { code: 'job.steps_failed', detail: 'Steps of the job failed.' };

/** Of a baseline and of a change to another revision there is all or nothing; of a deploy as its request says. */
export function isUndoneOnFailure(job: Pick<ScheduledJob, 'kind' | 'params' | 'stage'>): boolean {
  const { kind, params } = job;
  if (kind === 'range.apply') return !isPastReturn(job);
  return kind === 'baseline.create' || (kind === 'range.deploy' && params['onFailure'] === 'rollback');
}
