import { startPostgres } from '@orion/testing';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';

const MIGRATE = join(__dirname, '../dist/migrate.js');

/** Runs it as a release does, as a process that sees its own variables alone. */
function run(env: Readonly<Record<string, string>>): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MIGRATE], { env, timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
const variables = (url: string) => ({
  ORION_MIGRATOR_DATABASE_URL: url,
  ORION_GATEWAY_PASSWORD: 'spec-gateway',
  ORION_ORCHESTRATOR_PASSWORD: 'spec-orchestrator',
});

test('an empty database is brought to this release, once, also by two at once', async () => {
  // Roles and their passwords belong to a whole server.
  const { url } = await startPostgres();

  const runs = await Promise.all([run(variables(url)), run(variables(url))]);
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
  expect(await run(variables(url))).toMatchObject({ code: 0 });

  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ tables: number }>(
    `SELECT count(*)::int AS tables FROM pg_class WHERE oid IN ('public.job'::regclass, 'public.range'::regclass)`,
  );
  await client.end();
  expect(rows).toEqual([{ tables: 2 }]);
});

test('what is missing or wrong is told in a sentence, and never the password', async () => {
  const missing = await run({});
  expect(missing).toMatchObject({ code: 78 });
  expect(missing.stderr).toContain('ORION_MIGRATOR_DATABASE_URL');

  const nobody = await run(variables('postgres://orion:geheim@127.0.0.1:1/orion'));
  expect(nobody).toMatchObject({
    code: 1,
    stderr:
      'The database is not migrated.\n' +
      'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED). Check ORION_MIGRATOR_DATABASE_URL.\n',
  });
  expect(nobody.stdout).not.toContain('geheim');

  const { url } = await startPostgres();
  const elsewhere = new URL(url);
  elsewhere.pathname = '/nowhere';
  const noDatabase = await run(variables(elsewhere.href));
  expect(noDatabase.code).toBe(1);
  expect(noDatabase.stderr).toContain('lets nobody in: database "nowhere" does not exist. Check ORION_MIGRATOR');
});
