import { Injectable } from '@nestjs/common';
import { afterFailure, type JobError, type StepError } from '@orion/domain';
import { FactStore, type PlayChange } from '@orion/persistence';

import { OrchestratorMetrics } from '../metrics';
import { Settings } from '../settings';
import type { JobWork } from './job-work';
import { isUndoneOnFailure, SettleJob } from './settle-job';
import { StopJob } from './stop-job';

const TIMED_OUT: StepError = {
  code: 'step.timeout',
  class: 'unknown',
  detail: 'The agent did not report an outcome in time.',
};
const OVERDUE: JobError = { code: 'job.deadline_exceeded', detail: 'The job did not end before its deadline.' };
const OUTCOME_UNKNOWN = 'What the step came to could not be observed before the job had to end.';

/** Holds jobs and steps to their times, also when their agent is gone. */
@Injectable()
export class EnforceTimes {
  constructor(
    private readonly settings: Settings,
    private readonly stopJob: StopJob,
    private readonly settleJob: SettleJob,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  /** Ends a job whose deadline has passed; what it has in flight is fenced, and its outcome unknown. */
  async endOverdue(work: JobWork): Promise<void> {
    const { job } = work;
    if (job.phase === 'plan' && job.stage === 1) {
      return work.end({ state: 'failed', error: OVERDUE, compensated: job.kind !== 'range.deploy' });
    }
    if ((job.phase === 'plan' || job.phase === 'forward') && isUndoneOnFailure(job))
      return this.stopJob.begin(work, OVERDUE);
    const inFlight = await work.steps.inFlight(job.id);
    await work.fence(inFlight);
    const lost = await work.steps.leaveUnknown(job.id, {
      ...TIMED_OUT,
      code: 'step.outcome_unknown',
      detail: OUTCOME_UNKNOWN,
    });
    for (const { id, subject } of lost) work.tell('step.unknown', { subject }, id);
    if (job.phase === 'drain') return this.stopJob.compensate(work, job.error ?? undefined);
    await work.end({ state: 'failed', error: OVERDUE });
  }

  /** Gives steps whose agent is silent another attempt, fenced against the first, or ends them as unknown. */
  async endSilentSteps(work: JobWork): Promise<void> {
    const { job } = work;
    const silent = await work.steps.overdue(job.id, this.settings.stepGraceMs);
    if (silent.length === 0) return;
    await work.fence(silent.map(({ id }) => id));
    let failure: JobError | undefined;
    const changes = silent.map((step): PlayChange => {
      const next =
        job.phase === 'drain' ? ({ action: 'unknown' } as const) : afterFailure(step, TIMED_OUT, step, Math.random);
      this.metrics.stepFailures.inc({
        code: TIMED_OUT.code,
        then: next.action === 'retry' ? 'retrying' : 'unknown',
      });
      if (next.action === 'retry') {
        work.tell(
          'step.retrying',
          { kind: step.kind, subject: step.subject, inMs: next.delayMs, error: TIMED_OUT },
          step.id,
        );
        return { stepId: step.id, stepState: 'ready', dueMs: next.delayMs, error: TIMED_OUT };
      }
      work.tell('step.unknown', { kind: step.kind, subject: step.subject, error: TIMED_OUT }, step.id);
      failure = { code: 'step.outcome_unknown', detail: TIMED_OUT.detail, stepId: step.id };
      return {
        stepId: step.id,
        stepState: 'unknown',
        error: TIMED_OUT,
        ...(job.rangeId !== null && { rangeId: job.rangeId, node: step.subject, nodeState: 'unknown' }),
      };
    });
    const [progress] = await new FactStore(work.db).apply(changes);
    work.after.dispatch.add(job.siteId);
    await this.settleJob.execute(work, progress ?? job, failure);
  }
}
