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
