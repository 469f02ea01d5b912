import type { JobError, JobState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export const JOB_PHASES = ['plan', 'forward', 'drain', 'compensate', 'ended'] as const;
/**
 * What a job is at. `plan`: its steps are being laid down; `forward`: they run; `drain`: what runs is being stopped,
 * before `compensate` removes what the job has made. A failed job keeps its phase, because a retry resumes there.
 */
export type JobPhase = (typeof JOB_PHASES)[number];

/** A job as the orchestrator works on it, read under its row lock. */
export interface ScheduledJob {
  readonly id: string;
  readonly tenantId: string;
  readonly rangeId: string | null;
  readonly siteId: string;
  /** As it stands in the row: a newer release may have put a kind there that this one does not know. */
  readonly kind: string;
  readonly kindVersion: number;
  readonly state: JobState;
  readonly attempt: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly phase: JobPhase;
  /** Which part of a job that is planned in several it is at, from 1. */
  readonly stage: number;
  /** Waits until its range is free. */
  readonly queued: boolean;
  readonly stepsTotal: number;
  readonly stepsDone: number;
  readonly stepsFailed: number;
  readonly error: JobError | null;
  readonly cancelRequested: boolean;
  readonly overdue: boolean;
  readonly traceparent: string | null;
}

const JOB = `id, tenant_id AS "tenantId", range_id AS "rangeId", site_id AS "siteId", kind, kind_version AS "kindVersion",
  state, attempt, params, phase, stage, queued, steps_total AS "stepsTotal", steps_done AS "stepsDone", steps_failed AS "stepsFailed",
  error, cancel_requested_at IS NOT NULL AS "cancelRequested", deadline_at <= now() AS overdue, traceparent`;

const LOCK = statement(
  'job-lock',
  `WITH spent AS (DELETE FROM outbox WHERE job_id = $1)
   SELECT ${JOB}, set_config('orion.tenant', tenant_id::text, true) FROM job WHERE id = $1 FOR UPDATE`,
);
const LOCK_OF_COMMANDS = statement(
  'job-lock-of-commands',
  `SELECT ${JOB} FROM job WHERE id IN (SELECT job_id FROM command WHERE id = ANY($1::uuid[])) ORDER BY id FOR UPDATE`,
);
const START = statement(
  'job-start',
  `UPDATE job SET state = 'running', started_at = coalesce(started_at, now()), changed_at = now(), version = version + 1,
          phase = $2, deadline_at = CASE WHEN deadline_at > now() THEN deadline_at
                                         ELSE now() + greatest(deadline_at - created_at, interval '10 minutes') END
    WHERE id = $1`,
);
const ENTER = statement(
  'job-enter-phase',
  `UPDATE job SET phase = $2, steps_total = $3, steps_done = $5, steps_failed = 0, changed_at = now(),
          version = version + 1, stage = coalesce($6, stage),
          deadline_at = CASE WHEN $4::int IS NULL THEN deadline_at
                             ELSE greatest(deadline_at, now() + $4::int * interval '1 millisecond') END
    WHERE id = $1`,
);
const DRAIN = statement(
  'job-drain',
  `UPDATE job SET phase = 'drain', changed_at = now(), version = version + 1, error = coalesce(error, $2::jsonb),
          deadline_at = greatest(deadline_at, now() + $3::int * interval '1 millisecond')
    WHERE id = $1`,
);
const END = statement(
  'job-end',
  `UPDATE job SET state = $2, phase = $3, error = $4::jsonb, result = coalesce($5::jsonb, result), ended_at = now(),
          changed_at = now(), version = version + 1
    WHERE id = $1
   RETURNING (SELECT q.id FROM job q WHERE q.range_id = job.range_id AND q.queued AND q.state = 'pending' AND q.id <> job.id
               ORDER BY q.id LIMIT 1) AS next`,
);
const ADMITTED = statement(
  'job-admitted',
  `SELECT (SELECT count(*) FROM job WHERE site_id = $1 AND state = 'running')
        + (SELECT place FROM orion_admission_order($1) WHERE job_id = $2)
       <= (SELECT running_jobs_limit FROM site WHERE id = $1) AS admitted`,
);

const TAKE_TURN = statement(
  'job-take-turn',
  `UPDATE job SET queued = false, changed_at = now(), version = version + 1
    WHERE id = $1 AND queued AND state = 'pending'
      AND NOT EXISTS (SELECT 1 FROM job o WHERE o.range_id = job.range_id AND o.id <> job.id
                         AND (o.state IN ('pending', 'running') AND NOT o.queued OR o.state = 'pending' AND o.queued AND o.id < job.id))
   RETURNING id`,
);

/** Jobs under their row lock. Lock order everywhere: jobs by id, the site's planning, then ranges, steps and nodes. */
export class JobStore {
  constructor(private readonly db: EntityManager) {}

  /** Locks a job until the commit, sets its tenant, and takes its wake-up out of the outbox. */
  async lock(jobId: string): Promise<ScheduledJob | undefined> {
    return (await execute<ScheduledJob>(this.db, LOCK, [jobId]))[0];
  }

  /** Locks the jobs of these commands, in the order of their ids. Sets no tenant. */
  async lockOfCommands(commandIds: readonly string[]): Promise<ScheduledJob[]> {
    return execute<ScheduledJob>(this.db, LOCK_OF_COMMANDS, [commandIds]);
  }

  /** Serialises admission, reservation and planning at a site, until the commit. */
  async lockPlanning(siteId: string): Promise<void> {
    await execute(this.db, statement('site-lock-planning', `SELECT pg_advisory_xact_lock(hashtextextended($1, 1))`), [
      `plan:${siteId}`,
    ]);
  }

  /** Tells whether the site has room for a pending job and for those whose turn comes before. */
  async isAdmitted(job: ScheduledJob): Promise<boolean> {
    const [row] = await execute<{ admitted: boolean }>(this.db, ADMITTED, [job.siteId, job.id]);
    return row?.admitted === true;
  }

  /** Makes a waiting job the one that changes its range; false while another one is, or an older one waits. */
  async takeTurn(jobId: string): Promise<boolean> {
    return (await execute<{ id: string }>(this.db, TAKE_TURN, [jobId])).length > 0;
  }

  /** Begins or resumes a job. A deadline that has passed, as it has for most retries, is set anew. */
  async start(jobId: string, phase: JobPhase): Promise<void> {
    await execute(this.db, START, [jobId, phase]);
  }

  /** Enters a phase whose progress counts `total` steps, of which `done` are; it may last for at least `atLeastMs` from now. */
  async enter(
    jobId: string,
    phase: JobPhase,
    steps: {
      readonly total: number;
      readonly done?: number;
      readonly atLeastMs?: number;
      readonly stage?: number;
    },
  ): Promise<void> {
    const { total, done = 0, atLeastMs = null, stage = null } = steps;
    await execute(this.db, ENTER, [jobId, phase, total, atLeastMs, done, stage]);
  }

  /** Begins to stop what runs, because of `error` or, without one, of a cancel. It may last `atLeastMs` from now. */
  async drain(jobId: string, error: JobError | undefined, atLeastMs: number): Promise<void> {
    await execute(this.db, DRAIN, [jobId, error === undefined ? null : JSON.stringify(error), atLeastMs]);
  }

  /** Answers the job that waits for the range, whose turn it is now. */
  async end(
    jobId: string,
    as: {
      readonly state: 'succeeded' | 'failed' | 'cancelled';
      readonly phase: JobPhase;
      readonly error?: JobError | undefined;
      readonly result?: unknown;
    },
  ): Promise<string | undefined> {
    const [row] = await execute<{ next: string | null }>(this.db, END, [
      jobId,
      as.state,
      as.phase,
      as.error === undefined ? null : JSON.stringify(as.error),
      as.result === undefined ? null : JSON.stringify(as.result),
    ]);
    return row?.next ?? undefined;
  }
}
