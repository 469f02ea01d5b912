import { DomainError, type ErrorCode } from '../errors';

/** Everything a client can ask for. Each kind has exactly one planner in the orchestrator. */
export const JOB_KINDS = [
  'range.deploy',
  'range.destroy',
  'range.start',
  'range.stop',
  'range.repair',
  'range.apply',
  'node.start',
  'node.stop',
  'node.snapshot',
  'baseline.create',
  'baseline.delete',
  'range.reset',
  'node.reset',
  'site.check',
  'site.observe',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What to do with what a failed deploy has made. */
export const FAILURE_POLICIES = ['keep', 'rollback'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** Kinds that return nodes to a baseline. */
export function isReset(kind: string): kind is 'range.reset' | 'node.reset' {
  return kind === 'range.reset' || kind === 'node.reset';
}

export interface JobError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly stepId?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The part of a job that its rules read and write. */
export interface Job {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly attempt: number;
  readonly version: number;
  readonly changedAt: Date;
}

const NEXT: Readonly<Record<JobState, readonly JobState[]>> = {
  pending: ['running', 'failed', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled'],
  failed: ['pending'], // retry resumes it
  succeeded: [],
  cancelled: [],
};

/** Moves a job to `to`. Succeeded and cancelled are final; a failed job moves only by retry. */
export function transition<J extends Job>(job: J, to: JobState, now: Date): J {
  if (!NEXT[job.state].includes(to)) {
    throw new DomainError('job.illegal_transition', `A job that is ${job.state} cannot become ${to}.`, {
      jobId: job.id,
      from: job.state,
      to,
    });
  }
  return { ...job, state: to, version: job.version + 1, changedAt: now };
}

/** Tells whether a job in this state will not move again without a client's retry. */
export function isEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
