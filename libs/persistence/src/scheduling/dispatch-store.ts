import type { StepKind } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** What dispatching at a site rests on. */
export interface DispatchPicture {
  readonly generation: number;
  /** Milliseconds since the agent's last heartbeat; null before its first. */
  readonly silentMs: number | null;
  readonly commandKinds: readonly string[];
  readonly hostSlots: number;
  readonly storageSlots: number;
  readonly inFlight: readonly {
    readonly tenantId: string;
    readonly host: string | null;
    readonly storage: string | null;
    readonly count: number;
  }[];
  readonly turns: readonly TenantTurn[];
}

/** Slot-milliseconds that a tenant has had beyond its turn. */
export interface TenantTurn {
  readonly tenantId: string;
  readonly deficitMs: number;
}

/** A step that may be sent now. */
export interface ReadyStep {
  readonly id: string;
  readonly tenantId: string;
  readonly jobId: string;
  readonly rangeId: string | null;
  readonly kind: StepKind;
  readonly kindVersion: number;
  readonly subject: string;
  readonly target: string;
  readonly host: string | null;
  readonly storage: string | null;
  readonly attempt: number;
  readonly expectedMs: number;
  readonly tailMs: number;
  readonly timeoutMs: number;
  readonly jobCreatedAt: number;
  readonly payload: unknown;
  readonly traceparent: string | null;
}

/** A command to be issued for a step; its sequence is put into the envelope as it is stored. */
export interface CommandToIssue {
  readonly commandId: string;
  readonly tenantId: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly target: string;
  readonly attempt: number;
  readonly kind: string;
  readonly kindVersion: number;
  readonly expiresInMs: number;
  readonly envelope: Readonly<Record<string, unknown>>;
}

export interface IssuedCommand {
  readonly commandId: string;
  readonly stepId: string;
  readonly sequence: number;
  readonly expiresAt: Date;
}

const PICTURE = statement(
  'dispatch-picture',
  `SELECT a.generation::int AS generation, a.command_kinds AS "commandKinds",
          (extract(epoch FROM clock_timestamp() - a.heartbeat_at) * 1000)::float8 AS "silentMs",
          s.host_slots AS "hostSlots", s.storage_slots AS "storageSlots",
          coalesce((SELECT json_agg(f) FROM (
            SELECT tenant_id AS "tenantId", host, storage, count(*)::int AS count FROM step
             WHERE site_id = $1 AND state IN ('dispatched', 'running') AND (host IS NOT NULL OR storage IS NOT NULL)
             GROUP BY tenant_id, host, storage) f), '[]') AS "inFlight",
          coalesce((SELECT json_agg(json_build_object('tenantId', tenant_id, 'deficitMs', deficit_ms)) FROM tenant_turn WHERE site_id = $1), '[]') AS turns
     FROM site s JOIN site_agent a ON a.site_id = s.id WHERE s.id = $1`,
);

/*
 * Of each tenant and host no more steps are read than its slots could take, the longest tail of the oldest job first,
 * and what takes no slot is read up to a batch: a site where 10,000 steps are ready costs as much as a small one.
 */
const READY = statement(
  'dispatch-ready',
  `SELECT id, "tenantId", "jobId", "rangeId", kind, "kindVersion", subject, target, host, storage, attempt, "expectedMs",
          "tailMs", "timeoutMs", "jobCreatedAt", payload, traceparent
     FROM (
       SELECT s.id, s.tenant_id AS "tenantId", s.job_id AS "jobId", s.range_id AS "rangeId", s.kind,
              s.kind_version AS "kindVersion", s.subject, s.target, s.host, s.storage, s.attempt,
              s.expected_ms AS "expectedMs", s.tail_ms AS "tailMs", s.timeout_ms AS "timeoutMs", s.payload, j.traceparent,
              (extract(epoch FROM j.created_at) * 1000)::float8 AS "jobCreatedAt",
              row_number() OVER (PARTITION BY s.tenant_id, s.host, s.storage
                                 ORDER BY j.created_at, j.id, s.tail_ms DESC, s.ordinal) AS place
         FROM step s JOIN job j ON j.id = s.job_id
        WHERE s.site_id = $1 AND s.state = 'ready' AND (s.due_at IS NULL OR s.due_at <= now())
          AND j.state = 'running' AND j.phase = s.phase AND (j.cancel_requested_at IS NULL OR s.phase = 'compensate')
     ) candidate
    WHERE place <= CASE WHEN host IS NULL AND storage IS NULL THEN $2::int
                     ELSE (SELECT greatest(host_slots, storage_slots) FROM site WHERE id = $1) END
    LIMIT $2::int * 4`,
);

/*
 * Steps that somebody else has locked (a cancel) are left out rather than waited for, so that no two transactions wait
 * for each other.
 */
const ISSUE = statement(
  'dispatch-issue',
  `WITH wanted AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb) AS w("commandId" uuid, "tenantId" uuid, "jobId" uuid, "stepId" uuid,
       target text, attempt int, kind text, "kindVersion" int, "expiresInMs" int, envelope jsonb)
   ), free AS (
     SELECT id FROM step WHERE id IN (SELECT "stepId" FROM wanted) AND state = 'ready' ORDER BY id FOR UPDATE SKIP LOCKED
   ), chosen AS (
     SELECT wanted.* FROM wanted JOIN free ON free.id = wanted."stepId"
   ), raised AS (
     INSERT INTO target_sequence (site_id, target, last)
     SELECT $1, target, count(*) FROM chosen GROUP BY target ORDER BY target
     ON CONFLICT (site_id, target) DO UPDATE SET last = target_sequence.last + excluded.last
     RETURNING target, last
   ), numbered AS (
     SELECT chosen.*, raised.last + 1 - row_number() OVER (PARTITION BY chosen.target ORDER BY "stepId") AS sequence,
            now() + "expiresInMs" * interval '1 millisecond' AS expires_at
       FROM chosen JOIN raised USING (target)
   ), issued AS (
     INSERT INTO command (id, tenant_id, job_id, step_id, site_id, target, sequence, attempt, kind, kind_version, envelope,
                          state, expires_at, sent_at)
     SELECT "commandId", "tenantId", "jobId", "stepId", $1, target, sequence, attempt, kind, "kindVersion",
            envelope || jsonb_build_object('sequence', sequence, 'expiresAt',
              to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
            'pending', expires_at, now()
       FROM numbered
   )
   UPDATE step SET state = 'dispatched', attempt = numbered.attempt, command_id = numbered."commandId",
          sequence = numbered.sequence, dispatched_at = now(), started_at = NULL, ended_at = NULL, due_at = NULL
     FROM numbered WHERE step.id = numbered."stepId"
   RETURNING numbered."commandId", step.id AS "stepId", numbered.sequence::int AS sequence,
             numbered.expires_at AS "expiresAt"`,
);

const TAKE_TURNS = statement(
  'dispatch-take-turns',
  `WITH given AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb) AS t("tenantId" uuid, "deficitMs" float8)
   ), even AS (
     DELETE FROM tenant_turn WHERE site_id = $1 AND tenant_id NOT IN (SELECT "tenantId" FROM given)
   )
   INSERT INTO tenant_turn (site_id, tenant_id, deficit_ms)
   SELECT $1, "tenantId", round("deficitMs") FROM given
   ON CONFLICT (site_id, tenant_id) DO UPDATE SET deficit_ms = excluded.deficit_ms, served_at = now()`,
);

/** Steps on their way to commands. Whoever uses it holds the site's scheduler lock. */
export class DispatchStore {
  constructor(private readonly db: EntityManager) {}

  /** Makes this the one scheduler of the site until the commit. */
  async lockSite(siteId: string): Promise<void> {
    await execute(this.db, statement('dispatch-lock-site', `SELECT pg_advisory_xact_lock(hashtextextended($1, 2))`), [
      `dispatch:${siteId}`,
    ]);
  }

  /** Undefined for a site whose agent has never registered. */
  async picture(siteId: string): Promise<DispatchPicture | undefined> {
    return (await execute<DispatchPicture>(this.db, PICTURE, [siteId]))[0];
  }

  /** Of each tenant, host and storage at most what its slots could take, and four times `batch` in all. */
  async ready(siteId: string, batch: number): Promise<ReadyStep[]> {
    return execute<ReadyStep>(this.db, READY, [siteId, batch]);
  }

  /** Gives each command its target's next sequence, stores it, and marks its step dispatched. Steps that are no longer ready are left out. */
  async issue(siteId: string, commands: readonly CommandToIssue[]): Promise<IssuedCommand[]> {
    return execute<IssuedCommand>(this.db, ISSUE, [siteId, JSON.stringify(commands)]);
  }

  /** Replaces what tenants have had beyond their turn; those that are not named are even. */
  async takeTurns(siteId: string, turns: readonly TenantTurn[]): Promise<void> {
    await execute(this.db, TAKE_TURNS, [siteId, JSON.stringify(turns)]);
  }
}
