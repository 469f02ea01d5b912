import type { DesiredState, RangeIntent, RangeState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface RangeRow {
  readonly id: string;
  readonly name: string;
  readonly blueprintId: string;
  readonly revision: number;
  readonly siteId: string;
  readonly state: RangeState;
  readonly desiredState: DesiredState;
  readonly nodeCount: number;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

export interface NewRange {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly blueprintId: string;
  readonly revision: number;
  readonly siteId: string;
  readonly state: RangeState;
  readonly desiredState: DesiredState;
  readonly createdBy: string;
}

export interface RangeFilter {
  readonly state?: RangeState | undefined;
  readonly name?: string | undefined;
  readonly blueprintId?: string | undefined;
  readonly siteId?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

const RANGE = `r.id, r.name, r.blueprint_id AS "blueprintId", r.revision, r.site_id AS "siteId", r.state,
  r.desired_state AS "desiredState", v.node_count AS "nodeCount", r.version, r.created_by AS "createdBy",
  r.created_at AS "createdAt", r.changed_at AS "changedAt"`;
const WITH_REVISION = `range r JOIN blueprint_revision v ON v.blueprint_id = r.blueprint_id AND v.revision = r.revision`;

const ADD = statement(
  'range-add',
  `INSERT INTO range (id, tenant_id, name, blueprint_id, revision, site_id, state, desired_state, created_by)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);
const GET = statement('range-get', `SELECT ${RANGE} FROM ${WITH_REVISION} WHERE r.id = $1`);
const LOCK = statement(
  'range-lock',
  `SELECT id, name, site_id AS "siteId", state, desired_state AS "desiredState" FROM range WHERE id = $1 FOR UPDATE`,
);
const SITE_OF = statement('range-site', `SELECT site_id AS "siteId" FROM range WHERE id = $1`);
const LIST = statement(
  'range-list',
  `SELECT ${RANGE} FROM ${WITH_REVISION}
    WHERE ($1::uuid IS NULL OR r.id < $1) AND ($2::text IS NULL OR r.state = $2) AND ($3::text IS NULL OR r.name = $3)
      AND ($4::uuid IS NULL OR r.blueprint_id = $4) AND ($5::uuid IS NULL OR r.site_id = $5)
    ORDER BY r.id DESC LIMIT $6`,
);
const OBSERVED_AT = statement(
  'range-observed-at',
  `SELECT a.inventory_at AS "observedAt" FROM range r JOIN site_agent a ON a.site_id = r.site_id WHERE r.id = $1`,
);
const INTEND = statement(
  'range-intend',
  `UPDATE range SET state = coalesce($2, state), desired_state = coalesce($3, desired_state), changed_at = now(),
          version = version + 1
    WHERE id = $1`,
);

/** Ranges of the tenant that is set. */
export class RangeStore {
  constructor(private readonly db: EntityManager) {}

  async add(range: NewRange): Promise<void> {
    await execute(this.db, ADD, [
      range.id,
      range.tenantId,
      range.name,
      range.blueprintId,
      range.revision,
      range.siteId,
      range.state,
      range.desiredState,
      range.createdBy,
    ]);
  }

  async get(id: string): Promise<RangeRow | undefined> {
    return (await execute<RangeRow>(this.db, GET, [id]))[0];
  }

  /** To be called after a job was stored or locked: whoever ends a job locks in that order, too. */
  async lock(id: string) {
    type Locked = Pick<RangeRow, 'id' | 'name' | 'siteId' | 'state' | 'desiredState'>;
    return (await execute<Locked>(this.db, LOCK, [id]))[0];
  }

  async siteOf(id: string): Promise<string | undefined> {
    return (await execute<{ siteId: string }>(this.db, SITE_OF, [id]))[0]?.siteId;
  }

  /** When the agent of the range's site last told all that is there; null before its first time. */
  async observedAt(id: string): Promise<Date | null> {
    return (await execute<{ observedAt: Date | null }>(this.db, OBSERVED_AT, [id]))[0]?.observedAt ?? null;
  }

  /** Newest first. */
  async list(filter: RangeFilter): Promise<RangeRow[]> {
    const { before, state, name, blueprintId, siteId, limit } = filter;
    const values = [before ?? null, state ?? null, name ?? null, blueprintId ?? null, siteId ?? null, limit];
    return execute<RangeRow>(this.db, LIST, values);
  }

  /** Takes over what an accepted job intends. */
  async intend(id: string, intent: RangeIntent): Promise<void> {
    await execute(this.db, INTEND, [id, intent.state ?? null, intent.desired ?? null]);
  }
}
