import type { DataSource, EntityManager } from 'typeorm';

import { execute, statement } from './statement';
import { transaction } from './transaction';

/** On whose behalf a transaction runs. `platform` also shows the tables that the platform's tenant manages. */
export interface TransactionScope {
  readonly tenantId: string;
  readonly platform?: boolean;
}

const SET_TENANT = statement(
  'set-tenant',
  `SELECT set_config('orion.tenant', $1, true), set_config('orion.platform', $2, true)`,
);

/** Runs `work` in one transaction that sees the rows of one tenant alone. */
export async function inTenant<T>(
  source: DataSource,
  scope: TransactionScope,
  work: (db: EntityManager) => Promise<T>,
): Promise<T> {
  return transaction(source, async (db) => {
    // Travels with what `work` does first, which would see no row without it.
    const set = setTenant(db, scope);
    const [done, failed] = await Promise.allSettled([work(db), set]);
    if (failed.status === 'rejected') throw failed.reason;
    if (done.status === 'rejected') throw done.reason;
    return done.value;
  });
}

/** Sets the tenant of the running transaction; it ends with it. */
export async function setTenant(db: EntityManager, scope: TransactionScope): Promise<void> {
  await execute(db, SET_TENANT, [scope.tenantId, scope.platform === true ? 'on' : '']);
}
