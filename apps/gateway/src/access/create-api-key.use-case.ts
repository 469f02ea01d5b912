import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { setTenant } from '@orion/persistence';
import type { Clock } from '@orion/runtime';

import { created, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { CLOCK } from '../settings';
import type { CreateApiKeyDto } from './access.dto';
import { apiKeyView, type NewApiKeyView } from './access.view';
import { generateApiKey } from './api-key-format';

/** Makes a key. The answer is the only place where its secret ever is; repetitions by Idempotency-Key go without. */
@Injectable()
export class CreateApiKey {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(caller: Caller, request: CreateApiKeyDto): Promise<Answer<NewApiKeyView>> {
    return this.store(caller, caller.principal.tenantId, request);
  }

  /** For another tenant, by the platform's operators. */
  executeFor(caller: Caller, tenantId: string, request: CreateApiKeyDto): Promise<Answer<NewApiKeyView>> {
    return this.store(caller, tenantId, request);
  }

  private store(caller: Caller, tenantId: string, request: CreateApiKeyDto): Promise<Answer<NewApiKeyView>> {
    const { name, role, scopes = [], expiresAt } = request;
    if (expiresAt && expiresAt <= this.clock.now()) throw new DomainError('request.invalid', 'expiresAt has passed.');
    return this.unitOfWork.create(
      caller,
      async (stores) => {
        if ((await stores.tenants.get(tenantId)) === undefined) throw notFound('tenant', tenantId);
        const { id, key, secretHash } = generateApiKey();
        const own = { tenantId: caller.principal.tenantId, platform: true };
        if (tenantId !== own.tenantId) await setTenant(stores.db, { tenantId });
        const row = await stores.apiKeys.add({ id, tenantId, name, role, scopes, secretHash, expiresAt });
        if (tenantId !== own.tenantId) await setTenant(stores.db, own);
        await recordAudit(stores, caller, {
          action: 'key.create',
          subject: `key:${id}`,
          data: { tenantId, name, role },
        });
        return created<NewApiKeyView>('/api-keys', { ...apiKeyView(row), key });
      },
      { reach: 'platform', remembered: (body) => ({ ...body, key: null }) },
    );
  }
}
