import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { inTenant, type EarlierRequest } from '@orion/persistence';
import { DataSource } from 'typeorm';

import { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { Stores } from './stores';

/** How far a transaction sees. `platform` shows what all tenants share; only the platform's operators get it. */
export type Reach = 'tenant' | 'platform';

/** What a change leaves in the audit trail. */
export interface AuditEntry {
  readonly action: string;
  readonly subject: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** Runs use cases in one transaction each, on behalf of their caller. */
@Injectable()
export class UnitOfWork {
  constructor(private readonly source: DataSource) {}

  /** For reading, and for changes that may be repeated as they are. */
  run<T>(caller: Pick<Caller, 'principal'>, work: (stores: Stores) => Promise<T>, reach: Reach = 'tenant'): Promise<T> {
    const { tenantId, operatesPlatform } = caller.principal;
    const scope = { tenantId, platform: reach === 'platform' && operatesPlatform };
    return inTenant(this.source, scope, (db) => work(new Stores(db)));
  }

  /** On behalf of another tenant; only for what the platform's operators may do to it. */
  runAs<T>(tenantId: string, work: (stores: Stores) => Promise<T>): Promise<T> {
    return inTenant(this.source, { tenantId, platform: true }, (db) => work(new Stores(db)));
  }

  /** The answer that a repeated request got, for work that does more than its transaction before it creates. */
  async earlierAnswer<T>(caller: Caller): Promise<Answer<T> | undefined> {
    const request = caller.idempotency && { ...caller.idempotency, tenantId: caller.principal.tenantId };
    if (request === undefined) return undefined;
    const earlier = await this.run(caller, ({ idempotency }) => idempotency.find(request));
    return earlier && answered<T>(earlier);
  }

  /**
   * Runs a creation. With an Idempotency-Key the first answer is kept in the same transaction, and repetitions of the
   * same body get it without anything being done again; another body is refused (`request.idempotency_key_reused`).
   * `remembered` is the body that is kept where it may not be the answer itself, because that holds a secret.
   */
  create<T>(
    caller: Caller,
    work: (stores: Stores) => Promise<Answer<T>>,
    options: { readonly reach?: Reach; readonly remembered?: (body: T) => unknown } = {},
  ): Promise<Answer<T>> {
    return this.run(
      caller,
      async (stores) => {
        const request = caller.idempotency && { ...caller.idempotency, tenantId: caller.principal.tenantId };
        if (request === undefined) return work(stores);
        const claim = await stores.idempotency.claim(request);
        if (!claim.first) return answered<T>(claim);
        const answer = await work(stores);
        const body = options.remembered ? options.remembered(answer.body) : answer.body;
        await stores.idempotency.answer(request, { status: answer.status, answer: { body, headers: answer.headers } });
        return answer;
      },
      options.reach,
    );
  }
}

/** Notes who did what, in the transaction that does it. */
export function recordAudit(stores: Stores, caller: Caller, { action, subject, data }: AuditEntry): Promise<void> {
  const { principal, actor, traceId } = caller;
  return stores.audit.record({ tenantId: principal.tenantId, actor, action, subject, data, traceId });
}

function answered<T>({ sameBody, stored }: EarlierRequest): Answer<T> {
  if (!sameBody) throw new DomainError('request.idempotency_key_reused');
  const { body, headers } = stored.answer as { body: T; headers: Record<string, string> };
  return new Answer(stored.status, body, { ...headers, 'idempotency-replayed': 'true' });
}
