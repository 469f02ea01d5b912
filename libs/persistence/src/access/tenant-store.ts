import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly operatesPlatform: boolean;
  readonly version: number;
  readonly createdAt: Date;
}

const TENANT = `id, name, operates_platform AS "operatesPlatform", version, created_at AS "createdAt"`;

const ADD = statement(
  'tenant-add',
  `INSERT INTO tenant (id, name, operates_platform) VALUES ($1, $2, $3) RETURNING ${TENANT}`,
);
const GET = statement('tenant-get', `SELECT ${TENANT} FROM tenant WHERE id = $1 AND deleted_at IS NULL`);
const LOCK = statement('tenant-lock', `SELECT ${TENANT} FROM tenant WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`);
const LIST = statement(
  'tenant-list',
  `SELECT ${TENANT} FROM tenant
    WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR name = $2)
    ORDER BY id DESC LIMIT $3`,
);
const RENAME = statement(
  'tenant-rename',
  `UPDATE tenant SET name = $2, version = version + 1 WHERE id = $1 RETURNING ${TENANT}`,
);
const DELETE = statement('tenant-delete', `UPDATE tenant SET deleted_at = now() WHERE id = $1`);
const HAS_RANGES = statement(
  'tenant-has-ranges',
  `SELECT EXISTS (SELECT 1 FROM range WHERE tenant_id = $1 AND state <> 'destroyed') AS "hasRanges"`,
);

/** Tenants, as far as the transaction sees them: its own, or all of them for the platform. */
export class TenantStore {
  constructor(private readonly db: EntityManager) {}

  async add(tenant: { readonly id: string; readonly name: string; readonly operatesPlatform: boolean }) {
    const rows = await execute<TenantRow>(this.db, ADD, [tenant.id, tenant.name, tenant.operatesPlatform]);
    return rows[0] as TenantRow;
  }

  async get(id: string): Promise<TenantRow | undefined> {
    return (await execute<TenantRow>(this.db, GET, [id]))[0];
  }

  async lock(id: string): Promise<TenantRow | undefined> {
    return (await execute<TenantRow>(this.db, LOCK, [id]))[0];
  }

  /** Newest first, before `before`. */
  async list(page: {
    readonly before?: string | undefined;
    readonly name?: string | undefined;
    readonly limit: number;
  }) {
    return execute<TenantRow>(this.db, LIST, [page.before ?? null, page.name ?? null, page.limit]);
  }

  async rename(id: string, name: string): Promise<TenantRow> {
    return (await execute<TenantRow>(this.db, RENAME, [id, name]))[0] as TenantRow;
  }

  /** Its keys stop working; its rows stay. */
  async delete(id: string): Promise<void> {
    await execute(this.db, DELETE, [id]);
  }

  /** Needs the tenant itself to be set. */
  async hasRanges(id: string): Promise<boolean> {
    return (await execute<{ hasRanges: boolean }>(this.db, HAS_RANGES, [id]))[0]?.hasRanges === true;
  }
}
