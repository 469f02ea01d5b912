import { Injectable } from '@nestjs/common';

import type { Caller } from '../http/caller';
import { pageOf, textCursor, type Page, type PageQuery } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { apiKeyView, type ApiKeyView } from './access.view';

/** Lists and revokes the keys of the caller's tenant. */
@Injectable()
export class ManageApiKeys {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  list(caller: Caller, { cursor, limit }: PageQuery): Promise<Page<ApiKeyView>> {
    return this.unitOfWork.run(caller, async ({ apiKeys }) => {
      const rows = await apiKeys.list(textCursor(cursor), limit + 1);
      return pageOf(rows, limit, (row) => row.id, apiKeyView);
    });
  }

  get(caller: Caller, keyId: string): Promise<ApiKeyView> {
    return this.unitOfWork.run(caller, async ({ apiKeys }) => {
      const row = await apiKeys.get(keyId);
      if (row === undefined) throw notFound('API key', keyId);
      return apiKeyView(row);
    });
  }

  /** Repeating it changes nothing. */
  revoke(caller: Caller, keyId: string): Promise<void> {
    return this.unitOfWork.run(caller, async (stores) => {
      if ((await stores.apiKeys.revoke(keyId)) === undefined) throw notFound('API key', keyId);
      await recordAudit(stores, caller, { action: 'key.revoke', subject: `key:${keyId}` });
    });
  }
}
