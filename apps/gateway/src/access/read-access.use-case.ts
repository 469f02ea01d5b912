import { Injectable } from '@nestjs/common';
import { mayDo, PERMISSIONS } from '@orion/domain';

import type { Caller } from '../http/caller';
import { pageOf, uuidCursor, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { AuditQuery } from './access.dto';
import { auditEventView, tenantView, type AuditEventView, type MeView } from './access.view';

/** Answers who the caller is, and what was done in its tenant. */
@Injectable()
export class ReadAccess {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async me(caller: Caller): Promise<MeView> {
    const { keyId, tenantId, role, scopes } = caller.principal;
    const tenant = await this.unitOfWork.run(caller, ({ tenants }) => tenants.get(tenantId));
    if (tenant === undefined) throw notFound('tenant', tenantId);
    const permissions = PERMISSIONS.filter((permission) => mayDo(caller.principal, permission));
    return { keyId, tenant: tenantView(tenant), role, scopes: [...scopes], permissions };
  }

  async auditEvents(caller: Caller, { cursor, limit, ...filter }: AuditQuery): Promise<Page<AuditEventView>> {
    const rows = await this.unitOfWork.run(caller, ({ audit }) =>
      audit.list({ ...filter, before: uuidCursor(cursor), limit: limit + 1 }),
    );
    return pageOf(rows, limit, (row) => row.id, auditEventView);
  }
}
