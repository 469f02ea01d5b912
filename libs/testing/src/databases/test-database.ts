import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { Client } from 'pg';
import { registerTestResource } from '../jest/test-resources';

export interface TestDatabaseOptions {
  /**
   * Brings an empty database to the current schema and closes its connections. Runs once per run; each test database is a
   * copy of the outcome. Without it the database is empty.
   */
  readonly migrate?: (url: string) => Promise<unknown>;
  /** Tells apart copies of different `migrate` functions. */
  readonly template?: string;
}

export interface TestDatabase {
  readonly name: string;
  /** The superuser's URL. */
  readonly url: string;
}

/**
 * A fresh database on the PostgreSQL of this run. It is dropped when the file has ended, whoever is still connected; but
 * when a test of the file has failed it is kept until the next run, and its name is printed.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const name = `orion_test_${slug(expect.getState().testPath ?? '')}_${randomBytes(3).toString('hex')}`;
  await onServer(async (server) => {
    const template = options.migrate && (await ensureTemplate(server, options.migrate, options.template ?? 'current'));
    await server.query(`CREATE DATABASE "${name}"${template ? ` TEMPLATE "${template}"` : ''}`);
  });
  const url = urlOf(name);
  registerTestResource({
    onFailure: () => console.error(`A test failed, so its database is kept until the next run: ${url}`),
    dispose: async ({ failed }) => {
      if (!failed) await onServer((server) => server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
    },
  });
  return { name, url };
}

/** The superuser's URL of the PostgreSQL that this run shares. */
export function testServerUrl(): string {
  const url = process.env['ORION_TEST_DATABASE_URL'];
  if (!url) {
    throw new Error(
      'There is no PostgreSQL here: name the file *.integration.spec.ts, or set ORION_TEST_DATABASE_URL.',
    );
  }
  return url;
}

/** Made by whichever worker comes first; the others wait on the advisory lock. */
async function ensureTemplate(
  server: Client,
  migrate: (url: string) => Promise<unknown>,
  key: string,
): Promise<string> {
  const name = `orion_template_${process.env['ORION_TEST_RUN'] ?? 'run'}_${key}`;
  await server.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  try {
    const existing = await server.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (existing.rowCount === 0) {
      const draft = `${name}_draft`;
      await server.query(`DROP DATABASE IF EXISTS "${draft}" WITH (FORCE)`);
      await server.query(`CREATE DATABASE "${draft}"`);
      await migrate(urlOf(draft));
      await server.query(`ALTER DATABASE "${draft}" RENAME TO "${name}"`);
    }
  } finally {
    await server.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
  }
  return name;
}

async function onServer<T>(use: (server: Client) => Promise<T>): Promise<T> {
  const client = new Client(testServerUrl());
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(testServerUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function slug(testPath: string): string {
  const name = basename(testPath).replace(/(\.integration)?\.spec\.ts$/, '');
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 40);
}
