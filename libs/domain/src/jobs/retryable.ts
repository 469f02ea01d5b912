import { DomainError } from '../errors';
import type { RangeState } from '../ranges/range';
import type { JobState } from './job';

/** What decides whether a job may go on. */
export interface RetryFacts {
  /** The last job that was requested on the same range. */
  readonly latestJobId: string | undefined;
  /** Absent for a job without a range, or while the range is not locked yet. */
  readonly rangeState?: RangeState | undefined;
  /** What the job had made is removed again, whole. */
  readonly undone?: boolean;
}

/**
 * Refuses to resume a job that has not failed (`job.illegal_transition`), one that a later job on its range has overtaken
 * (`job.superseded`), one that has left nothing behind, and one whose range is gone (`range.illegal_state`).
 */
export function assertRetryable(job: { readonly id: string; readonly state: JobState }, facts: RetryFacts): void {
  if (job.state !== 'failed') {
    const detail = `A job that is ${job.state} cannot be retried.`;
    throw new DomainError('job.illegal_transition', detail, { jobId: job.id, from: job.state, to: 'pending' });
  }
  if (facts.latestJobId !== undefined && facts.latestJobId !== job.id) {
    const detail = `The job ${facts.latestJobId} came after it on the same range.`;
    throw new DomainError('job.superseded', detail, { jobId: job.id, laterJobId: facts.latestJobId });
  }
  if (facts.undone === true) {
    const detail = 'What the job had made is removed again. Ask for it anew.';
    throw new DomainError('job.illegal_transition', detail, { jobId: job.id, from: job.state, to: 'pending' });
  }
  if (facts.rangeState === 'destroyed') {
    throw new DomainError('range.illegal_state', 'The range is destroyed.', { state: facts.rangeState });
  }
}
