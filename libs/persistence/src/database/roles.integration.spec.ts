import { startPostgres } from '@orion/testing';
import { Client } from 'pg';

import { migrate } from './migrate';
import { grantLogin, urlAs } from './roles';

const whoAmI = async (url: string) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name;
  } finally {
    await client.end();
  }
};

// Roles and their passwords belong to a whole server, so that this file has one of its own.
test('services log in with the passwords last granted, whatever characters those have', async () => {
  const server = await startPostgres();
  await migrate(server.url);
  await expect(whoAmI(urlAs(server.url, 'orion_gateway', ''))).rejects.toThrow();
  const odd = `p@ss/w'o"r%d:§ $$`;

  await grantLogin(server.url, { gateway: 'first', orchestrator: 'other' });
  await Promise.all([1, 2, 3].map(() => grantLogin(server.url, { gateway: odd, orchestrator: 'other' })));

  expect(await whoAmI(urlAs(server.url, 'orion_gateway', odd))).toBe('orion_gateway');
  expect(await whoAmI(urlAs(server.url, 'orion_orchestrator', 'other'))).toBe('orion_orchestrator');
  await expect(whoAmI(urlAs(server.url, 'orion_gateway', 'first'))).rejects.toThrow(/password authentication failed/);
});

test('a role that may make roles and pass by policies migrates; it needs not be a superuser', async () => {
  const server = await startPostgres();
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE ROLE orion_migrator LOGIN BYPASSRLS CREATEROLE PASSWORD 'm'`);
  await admin.query('CREATE DATABASE orion OWNER orion_migrator');
  await admin.end();
  const url = new URL(server.url);
  Object.assign(url, { username: 'orion_migrator', password: 'm', pathname: '/orion' });

  await migrate(url.href);
  await grantLogin(url.href, { gateway: 'g', orchestrator: 'o' });

  const tenant = '5f0c9a4e-25c3-4a7b-8a53-2f1d7f4d6f01';
  const migrator = new Client({ connectionString: url.href });
  await migrator.connect();
  await migrator.query(`INSERT INTO tenant (id, name) VALUES ($1, 'red')`, [tenant]);
  await migrator.query(
    `INSERT INTO api_key (id, tenant_id, name, role, secret_hash) VALUES ('k', $1, 'k', 'viewer', '')`,
    [tenant],
  );
  await migrator.end();
  const gateway = new Client({ connectionString: urlAs(url.href, 'orion_gateway', 'g') });
  await gateway.connect();
  const { rows } = await gateway.query(`SELECT tenant_id FROM orion_find_api_key('k')`);
  await gateway.end();
  expect(rows).toEqual([{ tenant_id: tenant }]);
});
