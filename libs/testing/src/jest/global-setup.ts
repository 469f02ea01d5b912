import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FolderInUseError, startEmbeddedPostgres, type EmbeddedPostgres } from '@orion/runtime';
import { Client } from 'pg';

declare global {
  var orionTestPostgres: EmbeddedPostgres | undefined;
}

/** So many runs at once may share one clone. */
const SLOTS = 8;
const SLOT_FOLDER = join(__dirname, '..', '..', '..', '..', '.orion', 'test');

/**
 * Starts the one PostgreSQL that all files of a run share, unless ORION_TEST_DATABASE_URL names another (as superuser). What
 * an earlier run kept in it for its failed tests goes away now.
 */
export default async function globalSetup(): Promise<void> {
  process.env['ORION_TEST_RUN'] = randomBytes(3).toString('hex');
  if (process.env['ORION_TEST_DATABASE_URL']) return;
  const server = await startInFreeSlot();
  globalThis.orionTestPostgres = server;
  process.env['ORION_TEST_DATABASE_URL'] = server.url;
  await dropLeftovers(server.url);
}

async function startInFreeSlot(): Promise<EmbeddedPostgres> {
  for (let slot = 1; ; slot += 1) {
    try {
      return await startEmbeddedPostgres({
        dir: join(SLOT_FOLDER, `postgresql-${slot}`),
        durable: false,
        maxConnections: 300,
      });
    } catch (error) {
      if (!(error instanceof FolderInUseError) || slot === SLOTS) throw error;
    }
  }
}

async function dropLeftovers(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'orion\\_t%'`,
  );
  for (const { name } of rows) {
    await client.query(`ALTER DATABASE "${name}" IS_TEMPLATE false`);
    await client.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  }
  await client.end();
}
