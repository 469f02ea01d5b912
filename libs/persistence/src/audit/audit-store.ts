import { v7 as uuid7 } from 'uuid';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface NewAuditEvent {
  readonly tenantId: string;
  /** Who did it, such as `key:<id>`. */
  readonly actor: string;
  /** What was done, such as `range.deploy`. */
  readonly action: string;
  /** On what, such as `range:<id>`. */
  readonly subject: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly traceId?: string | undefined;
}

export interface AuditEventRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly traceId: string | null;
}

const RECORD = statement(
  'audit-record',
  `INSERT INTO audit_event (id, tenant_id, actor, action, subject, data, trace_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
const LIST = statement(
  'audit-list',
  `SELECT id, at, actor, action, subject, data, trace_id AS "traceId" FROM audit_event
    WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR subject = $3)
    ORDER BY id DESC LIMIT $4`,
);

/** Who changed what. Rows are only ever added. */
export class AuditStore {
  constructor(private readonly db: EntityManager) {}

  async record(event: NewAuditEvent): Promise<void> {
    const { tenantId, actor, action, subject, data = {}, traceId } = event;
    await execute(this.db, RECORD, [uuid7(), tenantId, actor, action, subject, JSON.stringify(data), traceId ?? null]);
  }

  /** Newest first, before `before`. */
  async list(page: {
    readonly before?: string | undefined;
    readonly action?: string | undefined;
    readonly subject?: string | undefined;
    readonly limit: number;
  }): Promise<AuditEventRow[]> {
    const values = [page.before ?? null, page.action ?? null, page.subject ?? null, page.limit];
    return execute<AuditEventRow>(this.db, LIST, values);
  }
}
