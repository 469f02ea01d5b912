import { runMigrations } from 'bullmq';
import { Client } from 'pg';

import { QUEUE_SCHEMA } from './queue-connection';

/**
 * Brings BullMQ's tables to this release's version in a schema of their own, and lets `roles` use them. Safe to repeat,
 * and from several processes at once. `url` needs a role that may create schemas. Only for the PostgreSQL back end.
 */
export async function migrateQueueSchema(url: string, roles: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'orion-migrate' });
  await client.connect();
  try {
    await runMigrations(client, QUEUE_SCHEMA);
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('orion-queue-grants'))`);
    for (const role of roles) {
      const quoted = client.escapeIdentifier(role);
      await client.query(`GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO ${quoted}`);
      await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO ${quoted}`);
      await client.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${QUEUE_SCHEMA} TO ${quoted}`);
      await client.query(`GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ${QUEUE_SCHEMA} TO ${quoted}`);
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
