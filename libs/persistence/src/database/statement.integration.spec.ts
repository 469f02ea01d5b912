import { createTestDatabase, startLinkProxy, waitFor } from '@orion/testing';

import { createDataSource } from './connection';
import { executeAlone, statement } from './statement';

const SLEEP = statement('spec-sleep', `SELECT pg_sleep(30)`);
const SLEEPING = statement('spec-sleeping', `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`);

test('a statement alone whose connection breaks fails, and the next one gets another connection', async () => {
  const { url } = await createTestDatabase();
  const direct = await createDataSource({ url, applicationName: 'spec', poolSize: 1 }).initialize();
  const link = await startLinkProxy({ port: Number(new URL(url).port) });
  const through = Object.assign(new URL(url), { port: String(link.port) });
  const source = await createDataSource({ url: through.href, applicationName: 'spec', poolSize: 1 }).initialize();

  const sleep = executeAlone(source, SLEEP).catch((error: unknown) => error);
  await waitFor(async () => (await executeAlone(direct, SLEEPING)).length > 0);
  link.drop();

  expect(await sleep).toMatchObject({ code: 'ECONNRESET' });
  await expect(executeAlone(source, SLEEPING)).resolves.toBeDefined();
  await source.destroy();
  await direct.destroy();
  await link.close();
});
