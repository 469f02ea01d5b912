import type { DataSource } from 'typeorm';

import { execute, executeAlone, statement, type Statement } from '../database/statement';
import { transaction } from '../database/transaction';

const FORGOTTEN_JOBS = statement(
  'sweep-forgotten-jobs',
  `SELECT DISTINCT job_id AS id FROM outbox WHERE created_at < now() - $1::int * interval '1 millisecond'
   UNION
   SELECT id FROM job
    WHERE state IN ('pending', 'running') AND changed_at < now() - $1::int * interval '1 millisecond'
      AND (phase = 'plan' AND state = 'running' OR deadline_at <= now()
           OR cancel_requested_at IS NOT NULL AND phase IN ('plan', 'forward')
           OR queued AND NOT EXISTS (SELECT 1 FROM job o WHERE o.range_id = job.range_id AND NOT o.queued
                                        AND o.state IN ('pending', 'running')))
    LIMIT $2`,
);
const ADMISSIBLE = statement(
  'sweep-admissible-jobs',
  `SELECT p.job_id AS id
     FROM (SELECT id, running_jobs_limit - (SELECT count(*) FROM job WHERE site_id = site.id AND state = 'running') AS room
             FROM site WHERE ($2::uuid IS NULL OR id = $2)
              AND EXISTS (SELECT 1 FROM job WHERE site_id = site.id AND state = 'pending') OFFSET 0) s
    CROSS JOIN LATERAL (SELECT job_id, place FROM orion_admission_order(s.id) WHERE s.room > 0) p
    WHERE p.place <= s.room
    ORDER BY p.place LIMIT $1`,
);
const SITES_WITH_WORK = statement(
  'sweep-sites-with-work',
  `SELECT DISTINCT site_id AS id FROM step WHERE state = 'ready' AND (due_at IS NULL OR due_at <= now())`,
);
const OVERDUE_STEPS = statement(
  'sweep-overdue-steps',
  `SELECT DISTINCT s.job_id AS "jobId" FROM step s
    WHERE s.state IN ('dispatched', 'running')
      AND coalesce(s.started_at, s.dispatched_at) < now() - (s.timeout_ms + $1::int) * interval '1 millisecond' LIMIT $2`,
);
const FORGET_OUTBOX = statement(
  'sweep-forget-outbox',
  `DELETE FROM outbox WHERE job_id = ANY($1::uuid[]) AND created_at < now() - interval '1 second'`,
);
const NEXT_DUE = statement(
  'sweep-next-due',
  `SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS "inMs"
     FROM step WHERE state = 'ready' AND due_at > now() AND due_at < now() + interval '2 seconds'`,
);
const HOUSEKEEPING = [
  statement('housekeeping-partitions', `SELECT orion_create_partitions(now(), 3)`),
  statement(
    'housekeeping-idempotency',
    `DELETE FROM idempotency_request WHERE created_at < now() - interval '24 hours'`,
  ),
  statement('housekeeping-pages', `DELETE FROM site_inventory_page WHERE received_at < now() - interval '1 hour'`),
];

// Moving many rows takes longer than the transactions of a service may.
const TAKE_TIME = statement('housekeeping-take-time', `SET LOCAL statement_timeout = '1min'`);
const MOVE_LATE = statement('housekeeping-move-late', `SELECT orion_move_late_rows(now()) AS late`);
const DROP_OLD = statement(
  'housekeeping-drop-old',
  `SELECT orion_drop_partitions($1, now() - make_interval(days => $2::int))`,
);

/** Days for which rows are kept, by what they are; 0: for ever. Whole months are dropped, when their last day is past. */
export interface Retention {
  /** Events of ranges and jobs, and commands. Those of open jobs stay. */
  readonly eventDays: number;
  readonly auditDays: number;
}

/** Finds what lost wake-ups, lost messages and silent agents have left behind. Each call is a transaction of its own. */
export class SweepStore {
  constructor(private readonly source: DataSource) {}

  /** Jobs that something should have advanced `olderThanMs` ago. */
  async forgottenJobs(olderThanMs: number, limit: number): Promise<readonly string[]> {
    return this.ids(FORGOTTEN_JOBS, [olderThanMs, limit]);
  }

  /** Pending jobs for which their site has room now, tenants in turns; of one site, or of all. */
  async admissibleJobs(limit: number, siteId?: string): Promise<readonly string[]> {
    return this.ids(ADMISSIBLE, [limit, siteId ?? null]);
  }

  async sitesWithWork(): Promise<readonly string[]> {
    return this.ids(SITES_WITH_WORK, []);
  }

  /** Jobs with a step whose time-out passed `graceMs` ago without a word from its agent. */
  async jobsWithOverdueSteps(graceMs: number, limit: number): Promise<readonly string[]> {
    return (await executeAlone<{ jobId: string }>(this.source, OVERDUE_STEPS, [graceMs, limit])).map(
      ({ jobId }) => jobId,
    );
  }

  /** Milliseconds until the next back-off within two seconds ends; undefined: none. */
  async nextDueInMs(): Promise<number | undefined> {
    return (await executeAlone<{ inMs: number | null }>(this.source, NEXT_DUE))[0]?.inMs ?? undefined;
  }

  /** Drops wake-ups of jobs that could not be advanced because nothing of them is left. */
  async forgetOutbox(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length > 0) await executeAlone(this.source, FORGET_OUTBOX, [jobIds]);
  }

  /**
   * Makes months ahead, gives rows that came without one theirs, and drops what is past its time: old months, answers to
   * repeated requests, inventory pages. May take minutes; each part is a transaction of its own.
   */
  async housekeeping({ eventDays, auditDays }: Retention): Promise<void> {
    for (const task of HOUSEKEEPING) await this.patiently(task);
    while ((await this.patiently<{ late: Date | null }>(MOVE_LATE))[0]?.late);
    const kept = { event: eventDays, command: eventDays, audit_event: auditDays };
    for (const [parent, days] of Object.entries(kept)) {
      if (days > 0) await this.patiently(DROP_OLD, [parent, days]);
    }
  }

  private patiently<R extends object>(task: Statement, values: readonly unknown[] = []): Promise<R[]> {
    return transaction(this.source, async (db) => {
      await execute(db, TAKE_TIME);
      return execute<R>(db, task, values);
    });
  }

  private async ids(query: typeof FORGOTTEN_JOBS, values: readonly unknown[]): Promise<readonly string[]> {
    return (await executeAlone<{ id: string }>(this.source, query, values)).map(({ id }) => id);
  }
}
