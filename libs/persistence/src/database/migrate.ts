import { createDataSource } from './connection';

/** Runs every migration that is missing. Safe to repeat, and from several processes at once. */
export async function migrate(url: string): Promise<readonly string[]> {
  const source = await createDataSource({
    url,
    applicationName: 'orion-migrate',
    poolSize: 2,
    timeoutMs: 0,
  }).initialize();
  try {
    // One migrating process at a time; the lock ends with its session.
    const guard = source.createQueryRunner();
    await guard.query(`SELECT pg_advisory_lock(hashtext('orion-migrate'))`);
    try {
      const ran = await source.runMigrations({ transaction: 'each' });
      return ran.map((migration) => migration.name);
    } finally {
      await guard.query(`SELECT pg_advisory_unlock(hashtext('orion-migrate'))`);
      await guard.release();
    }
  } finally {
    await source.destroy();
  }
}
