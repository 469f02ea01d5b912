import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { setTenant } from '@orion/persistence';

import { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { pageOf, uuidCursor, type Page, type PageQuery } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import type { GrantView } from './site.view';

/** Opens sites to tenants and closes them again. */
@Injectable()
export class GrantSites {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Repeating it changes nothing. */
  grant(caller: Caller, siteId: string, tenantId: string): Promise<Answer<GrantView>> {
    return this.unitOfWork.create(
      caller,
      async (stores) => {
        if ((await stores.sites.get(siteId)) === undefined) throw notFound('site', siteId);
        const tenant = await stores.tenants.get(tenantId);
        if (tenant === undefined) throw notFound('tenant', tenantId);
        if (await stores.sites.grant(siteId, tenantId)) {
          await recordAudit(stores, caller, { action: 'site.grant', subject: `site:${siteId}`, data: { tenantId } });
        }
        const body = {
          siteId,
          tenantId,
          tenantName: tenant.name,
          createdAt: (await stores.sites.grantedAt(siteId, tenantId)).toISOString(),
        };
        return new Answer(201, body, { location: `/sites/${siteId}/grants/${tenantId}` });
      },
      { reach: 'platform' },
    );
  }

  list(caller: Caller, siteId: string, { cursor, limit }: PageQuery): Promise<Page<GrantView>> {
    return this.unitOfWork.run(
      caller,
      async ({ sites }) => {
        if ((await sites.get(siteId)) === undefined) throw notFound('site', siteId);
        const rows = await sites.grants(siteId, uuidCursor(cursor), limit + 1);
        return pageOf(
          rows,
          limit,
          (row) => row.tenantId,
          (row) => ({
            siteId,
            ...row,
            createdAt: row.createdAt.toISOString(),
          }),
        );
      },
      'platform',
    );
  }

  /** Refused (`site.in_use`) while the tenant has ranges there. */
  async revoke(caller: Caller, siteId: string, tenantId: string): Promise<void> {
    await this.unitOfWork.run(
      caller,
      async (stores) => {
        if (!(await stores.sites.revoke(siteId, tenantId))) throw notFound('grant', tenantId);
        await recordAudit(stores, caller, { action: 'site.revoke', subject: `site:${siteId}`, data: { tenantId } });
        // Last, because from here on the transaction sees that tenant's rows alone.
        await setTenant(stores.db, { tenantId });
        const users = await stores.sites.users(siteId, tenantId);
        if (users.length > 0) throw new DomainError('site.in_use', undefined, { ranges: users.map(({ id }) => id) });
      },
      'platform',
    );
  }
}
