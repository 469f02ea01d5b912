import type { JobKind, JobState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  /** What it is about: a range, at that one's site, or a site. */
  readonly subject: { readonly rangeId: string } | { readonly siteId: string };
  readonly kind: JobKind;
  readonly params: Readonly<Record<string, unknown>>;
  readonly deadlineSeconds: number;
  readonly traceparent?: string | undefined;
  readonly createdBy: string;
  /** Waits while another job is changing the range, instead of failing. */
  readonly queued?: boolean;
}

/** A job as cancel and retry read it, under its row lock. */
export interface RequestedJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly rangeId: string | null;
  readonly attempt: number;
  /** What it had made is removed again, whole. */
  readonly undone: boolean;
}

// The job and the wake-up that must not be forgotten, in one statement.
const ADD = statement(
  'job-request-add',
  `WITH added AS (
     INSERT INTO job (id, tenant_id, range_id, site_id, kind, state, params, deadline_at, traceparent, created_by, queued)
     SELECT $1, $2, $3, at.site_id, $5, 'pending', $6::jsonb, now() + $7::int * interval '1 second', $8, $9, $10
       FROM (SELECT site_id FROM range WHERE id = $3::uuid UNION ALL SELECT $4::uuid WHERE $3::uuid IS NULL) AS at (site_id)
     RETURNING tenant_id, id
   )
   INSERT INTO outbox (tenant_id, job_id) SELECT tenant_id, id FROM added`,
);
const WAKE = statement('job-request-wake', `INSERT INTO outbox (tenant_id, job_id) VALUES ($1, $2)`);
const LOCK = statement(
  'job-request-lock',
  `SELECT id, kind, state, range_id AS "rangeId", attempt,
          phase = 'compensate' AND steps_done >= steps_total AS undone FROM job WHERE id = $1 FOR UPDATE`,
);
const CHANGING = statement(
  'job-request-changing',
  `SELECT id, kind, state FROM job WHERE range_id = $1 AND state IN ('pending', 'running') AND NOT queued`,
);
const LATEST = statement('job-request-latest', `SELECT id FROM job WHERE range_id = $1 ORDER BY id DESC LIMIT 1`);
const CANCEL = statement(
  'job-request-cancel',
  `UPDATE job SET cancel_requested_at = coalesce(cancel_requested_at, now()), changed_at = now(), version = version + 1
    WHERE id = $1`,
);
const RETRY = statement(
  'job-request-retry',
  `UPDATE job SET state = 'pending', attempt = attempt + 1, error = NULL, ended_at = NULL, cancel_requested_at = NULL,
          due_at = NULL, changed_at = now(), version = version + 1
    WHERE id = $1`,
);

/** Jobs as clients ask for them. Each change leaves a wake-up in the outbox of the same transaction. */
export class JobRequestStore {
  constructor(private readonly db: EntityManager) {}

  /**
   * Stores a job. Fails on `job_one_changing_per_range` when another job is changing the range, and waits for one that
   * is just ending. Stores nothing for a range that is not there. To be called before the range is locked: whoever ends a job locks in that order, too.
   */
  async add(job: NewJob): Promise<void> {
    await execute(this.db, ADD, [
      job.id,
      job.tenantId,
      'rangeId' in job.subject ? job.subject.rangeId : null,
      'siteId' in job.subject ? job.subject.siteId : null,
      job.kind,
      JSON.stringify(job.params),
      job.deadlineSeconds,
      job.traceparent ?? null,
      job.createdBy,
      job.queued ?? false,
    ]);
  }

  async lock(id: string): Promise<RequestedJob | undefined> {
    return (await execute<RequestedJob>(this.db, LOCK, [id]))[0];
  }

  /** The job that is changing the range now. */
  async changing(rangeId: string): Promise<{ id: string; kind: string; state: string } | undefined> {
    return (await execute<{ id: string; kind: string; state: string }>(this.db, CHANGING, [rangeId]))[0];
  }

  async latestOf(rangeId: string): Promise<string | undefined> {
    return (await execute<{ id: string }>(this.db, LATEST, [rangeId]))[0]?.id;
  }

  /** Asks for the end of a job; repeating it changes nothing. */
  async cancel(tenantId: string, id: string): Promise<void> {
    await execute(this.db, CANCEL, [id]);
    await execute(this.db, WAKE, [tenantId, id]);
  }

  /** Lets a failed job go on. Fails like `add` when another job is changing the range. */
  async retry(tenantId: string, id: string): Promise<void> {
    await execute(this.db, RETRY, [id]);
    await execute(this.db, WAKE, [tenantId, id]);
  }
}
