import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { setTenant } from '@orion/persistence';
import { v7 as uuid7 } from 'uuid';

import { Answer, created, etagOf } from '../http/answer';
import { assertMatches, type Caller } from '../http/caller';
import { pageOf, uuidCursor, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import type { NameQuery, TenantDto } from './access.dto';
import { tenantView, type TenantView } from './access.view';

/** What the platform's operators do with tenants. */
@Injectable()
export class ManageTenants {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  create(caller: Caller, { name }: TenantDto): Promise<Answer<TenantView>> {
    return this.unitOfWork.create(
      caller,
      async (stores) => {
        const row = await stores.tenants.add({ id: uuid7(), name, operatesPlatform: false });
        await recordAudit(stores, caller, { action: 'tenant.create', subject: `tenant:${row.id}`, data: { name } });
        return created('/tenants', tenantView(row), { etag: etagOf(row.version) });
      },
      { reach: 'platform' },
    );
  }

  list(caller: Caller, { cursor, limit, name }: NameQuery): Promise<Page<TenantView>> {
    const read = this.unitOfWork.run(
      caller,
      ({ tenants }) => tenants.list({ before: uuidCursor(cursor), name, limit: limit + 1 }),
      'platform',
    );
    return read.then((rows) => pageOf(rows, limit, (row) => row.id, tenantView));
  }

  async get(caller: Caller, id: string): Promise<Answer<TenantView>> {
    const row = await this.unitOfWork.run(caller, ({ tenants }) => tenants.get(id), 'platform');
    if (row === undefined) throw notFound('tenant', id);
    return new Answer(200, tenantView(row), { etag: etagOf(row.version) });
  }

  rename(caller: Caller, id: string, { name }: TenantDto): Promise<Answer<TenantView>> {
    return this.unitOfWork.run(
      caller,
      async (stores) => {
        const row = await stores.tenants.lock(id);
        if (row === undefined) throw notFound('tenant', id);
        assertMatches(caller, etagOf(row.version));
        const renamed = await stores.tenants.rename(id, name);
        await recordAudit(stores, caller, { action: 'tenant.rename', subject: `tenant:${id}`, data: { name } });
        return new Answer(200, tenantView(renamed), { etag: etagOf(renamed.version) });
      },
      'platform',
    );
  }

  /** Shuts a tenant out: its keys work no longer, its rows stay. Refused while it has ranges, or runs the platform. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.unitOfWork.runAs(id, async (stores) => {
      const row = await stores.tenants.lock(id);
      if (row === undefined) throw notFound('tenant', id);
      if (row.operatesPlatform) throw new DomainError('tenant.in_use', 'This tenant operates the platform.');
      if (await stores.tenants.hasRanges(id)) throw new DomainError('tenant.in_use');
      await stores.tenants.delete(id);
      await setTenant(stores.db, { tenantId: caller.principal.tenantId, platform: true });
      await recordAudit(stores, caller, { action: 'tenant.delete', subject: `tenant:${id}` });
    });
  }
}
