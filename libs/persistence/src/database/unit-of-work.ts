import type { DataSource, EntityManager } from 'typeorm';

/** On whose behalf a transaction runs. `platform` also shows the tables that the platform's tenant manages. */
export interface TransactionScope {
  readonly tenantId: string;
  readonly platform?: boolean;
}

/** Runs `work` in one transaction that sees the rows of one tenant alone. */
export async function inTenant<T>(
  source: DataSource,
  scope: TransactionScope,
  work: (db: EntityManager) => Promise<T>,
): Promise<T> {
  return source.transaction(async (db) => {
    await setTenant(db, scope);
    return work(db);
  });
}

/** Sets the tenant of the running transaction; it ends with it. */
export async function setTenant(db: EntityManager, scope: TransactionScope): Promise<void> {
  await db.query(`SELECT set_config('orion.tenant', $1, true), set_config('orion.platform', $2, true)`, [
    scope.tenantId,
    scope.platform === true ? 'on' : '',
  ]);
}
