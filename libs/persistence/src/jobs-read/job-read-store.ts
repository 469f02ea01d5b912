import type { JobError, JobKind, JobState, StepKind, StepState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A job as its tenant sees it. */
export interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly rangeId: string | null;
  readonly siteId: string;
  readonly attempt: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly phase: string;
  readonly stepsTotal: number;
  readonly stepsDone: number;
  readonly error: JobError | null;
  readonly result: unknown;
  readonly cancelRequested: boolean;
  /** Jobs that must end before this one begins, tenants in turns; null once it has begun. */
  readonly queuePosition: number | null;
  readonly deadlineAt: Date;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** When a running job should end, as estimated lately; null before the first estimate. */
  readonly estimatedEndAt: Date | null;
}

/** Steps of one kind, and how far they are. */
export interface StepCount {
  readonly kind: StepKind;
  readonly total: number;
  readonly done: number;
  readonly running: number;
  readonly failed: number;
}

export interface StepProgress {
  readonly steps: readonly StepCount[];
  /** Longest expected path through what is not done yet, milliseconds; null while no step is left or known. */
  readonly remainingMs: number | null;
}

export interface StepRowRead {
  readonly id: string;
  readonly ordinal: number;
  readonly phase: string;
  readonly kind: StepKind;
  readonly subject: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly host: string | null;
  readonly storage: string | null;
  readonly expectedMs: number;
  readonly error: unknown;
  readonly dispatchedAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly rangeId?: string | undefined;
  readonly siteId?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

const JOB = `id, kind, state, range_id AS "rangeId", site_id AS "siteId", attempt, params, phase,
  steps_total AS "stepsTotal", steps_done AS "stepsDone", error, result,
  cancel_requested_at IS NOT NULL AS "cancelRequested",
  CASE WHEN state = 'pending' THEN orion_queue_position(id) END AS "queuePosition", deadline_at AS "deadlineAt",
  created_by AS "createdBy", created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt",
  estimated_end_at AS "estimatedEndAt"`;

const GET = statement('job-read', `SELECT ${JOB} FROM job WHERE id = $1`);
const LIST = statement(
  'job-read-list',
  `SELECT ${JOB} FROM job
    WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3)
      AND ($4::uuid IS NULL OR range_id = $4) AND ($5::uuid IS NULL OR site_id = $5)
    ORDER BY id DESC LIMIT $6`,
);
// What runs has done a part of its expected time; what took longer than expected counts as nearly done.
const PROGRESS = statement(
  'job-read-progress',
  `SELECT coalesce(json_agg(json_build_object('kind', kind, 'total', total, 'done', done, 'running', running,
                     'failed', failed) ORDER BY first), '[]') AS steps,
          max("remainingMs")::int AS "remainingMs"
     FROM (
       SELECT kind, min(ordinal) AS first, count(*)::int AS total,
              count(*) FILTER (WHERE state IN ('succeeded', 'skipped'))::int AS done,
              count(*) FILTER (WHERE state IN ('dispatched', 'running'))::int AS running,
              count(*) FILTER (WHERE state IN ('failed', 'unknown'))::int AS failed,
              max(tail_ms - CASE WHEN state IN ('dispatched', 'running') AND dispatched_at IS NOT NULL
                    THEN least(expected_ms, extract(epoch FROM now() - dispatched_at) * 1000) ELSE 0 END)
                FILTER (WHERE state IN ('waiting', 'ready', 'dispatched', 'running')) AS "remainingMs"
         FROM step WHERE job_id = $1 AND phase = $2 GROUP BY kind
     ) counted`,
);
const STEPS = statement(
  'job-read-steps',
  `SELECT id, ordinal, phase, kind, subject, state, attempt, host, storage, expected_ms AS "expectedMs", error,
          dispatched_at AS "dispatchedAt", started_at AS "startedAt", ended_at AS "endedAt"
     FROM step WHERE job_id = $1 AND ordinal > $2 AND ($3::text IS NULL OR state = $3) ORDER BY ordinal LIMIT $4`,
);

/** Jobs of the tenant that is set, and their steps. Changes nothing. */
export class JobReadStore {
  constructor(private readonly db: EntityManager) {}

  async get(id: string): Promise<JobRow | undefined> {
    return (await execute<JobRow>(this.db, GET, [id]))[0];
  }

  /** Newest first. */
  async list(filter: JobFilter): Promise<JobRow[]> {
    const { before, state, kind, rangeId, siteId, limit } = filter;
    const values = [before ?? null, state ?? null, kind ?? null, rangeId ?? null, siteId ?? null, limit];
    return execute<JobRow>(this.db, LIST, values);
  }

  /** Of the steps that do what the job was asked for, or of those that undo it. */
  async progress(jobId: string, phase: 'forward' | 'compensate'): Promise<StepProgress> {
    return (await execute<StepProgress>(this.db, PROGRESS, [jobId, phase]))[0] as StepProgress;
  }

  async steps(
    jobId: string,
    page: { readonly after: number; readonly state?: StepState | undefined; readonly limit: number },
  ) {
    return execute<StepRowRead>(this.db, STEPS, [jobId, page.after, page.state ?? null, page.limit]);
  }
}
