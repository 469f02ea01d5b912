import type { MeasuredTime, RemainingStep, SlotLimits } from '@orion/domain';
import type { DataSource, EntityManager } from 'typeorm';

import { execute, executeAlone, statement } from '../database/statement';

export interface SiteBacklog {
  readonly slots: SlotLimits;
  /** Oldest job first, and within a job none before those that it waits for. */
  readonly steps: readonly RemainingStep[];
}

/** More are not read: estimates of what comes after so much are of no use. */
const STEPS_AT_MOST = 10_000;

const MEASURED = statement(
  'estimate-measured-times',
  `SELECT kind, host, full_clone AS "fullClone", median_ms AS "medianMs" FROM orion_step_times($1)`,
);
// The more steps, the more an estimate costs and the less often one is made.
const SITES_DUE = statement(
  'estimate-sites-due',
  `SELECT DISTINCT site_id AS id FROM job
    WHERE state = 'running' AND phase IN ('forward', 'compensate')
      AND (estimated_at IS NULL OR estimated_at < now() - (2 + steps_total / 400.0) * interval '1 second')`,
);
const TRY_LOCK = statement('estimate-try-lock', `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 3)) AS mine`);
const SLOTS = statement(
  'estimate-slots',
  `SELECT host_slots AS "perHost", storage_slots AS "perStorage" FROM site WHERE id = $1`,
);
// Steps that have ended in these jobs tell more of the hour than what was expected when they were planned.
const REMAINING = statement(
  'estimate-remaining-steps',
  `WITH pace AS (
     SELECT s.kind, percentile_cont(0.5) WITHIN GROUP
              (ORDER BY extract(epoch FROM s.ended_at - s.dispatched_at) * 1000 / greatest(1, s.expected_ms)) AS share
       FROM job j JOIN step s ON s.job_id = j.id AND s.phase = j.phase
      WHERE j.site_id = $1 AND j.state = 'running' AND s.state = 'succeeded' AND s.dispatched_at IS NOT NULL
      GROUP BY s.kind HAVING count(*) >= 3
   )
   SELECT s.id, s.job_id AS "jobId", s.tenant_id AS "tenantId", s.host, s.storage, s.successors, s.tail_ms AS "tailMs",
          s.state IN ('dispatched', 'running') AS "inFlight",
          (s.expected_ms * coalesce(pace.share, 1) - CASE WHEN s.state IN ('dispatched', 'running')
             THEN extract(epoch FROM now() - s.dispatched_at) * 1000 ELSE 0 END)::float8 AS "leftMs"
     FROM job j JOIN step s ON s.job_id = j.id AND s.phase = j.phase LEFT JOIN pace ON pace.kind = s.kind
    WHERE j.site_id = $1 AND j.state = 'running' AND s.state IN ('waiting', 'ready', 'dispatched', 'running')
    ORDER BY j.created_at, j.id, s.ordinal LIMIT ${STEPS_AT_MOST}`,
);
// A job that somebody works on is left to the next time.
const KEEP = statement(
  'estimate-keep',
  `UPDATE job SET estimated_at = now(), estimated_end_at = now() + e."inMs" * interval '1 millisecond'
     FROM jsonb_to_recordset($1::jsonb) AS e(id uuid, "inMs" float8)
    WHERE job.id = e.id AND job.id IN (
      SELECT id FROM job WHERE id IN (SELECT id FROM jsonb_to_recordset($1::jsonb) AS f(id uuid)) AND state = 'running'
         FOR UPDATE SKIP LOCKED)`,
);

/** What estimates rest on, and where they are kept. */
export const EstimateStore = {
  /** Of the last ten jobs that succeeded within a week, at least three steps each. */
  measured(db: EntityManager, siteId: string): Promise<MeasuredTime[]> {
    return execute<MeasuredTime>(db, MEASURED, [siteId]);
  },

  /** Sites with a running job whose estimate is missing, or older than some seconds. */
  async sitesDue(source: DataSource): Promise<readonly string[]> {
    return (await executeAlone<{ id: string }>(source, SITES_DUE)).map(({ id }) => id);
  },

  /** What is left to do at a site; undefined while another process estimates there, which the commit ends. */
  async backlog(db: EntityManager, siteId: string): Promise<SiteBacklog | undefined> {
    const [lock] = await execute<{ mine: boolean }>(db, TRY_LOCK, [`estimate:${siteId}`]);
    if (lock?.mine !== true) return undefined;
    const [slots] = await execute<{ perHost: number; perStorage: number }>(db, SLOTS, [siteId]);
    return slots && { slots, steps: await execute<RemainingStep>(db, REMAINING, [siteId]) };
  },

  /** Keeps when jobs should end, milliseconds from now. */
  async keep(db: EntityManager, endsInMs: ReadonlyMap<string, number>): Promise<void> {
    const rows = [...endsInMs].map(([id, inMs]) => ({ id, inMs }));
    if (rows.length > 0) await execute(db, KEEP, [JSON.stringify(rows)]);
  },
};
