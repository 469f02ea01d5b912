import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate, urlAs } from '@orion/persistence';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@orion/runtime';
import { registerTestResource, startInProcess, waitFor } from '@orion/testing';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { aDocument } from '../gateway.builders';
import { TestClient } from '../gateway.fixture';
import { gatewayService } from '../gateway.service';

test('without its database the gateway says so, lives on, and is back when that is back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'orion-down-pg-'));
  const postgres = await ownPostgres(dir);
  await migrate(postgres.url);
  await grantLogin(postgres.url, { gateway: 'g', orchestrator: 'o' });
  await migrateQueueSchema(postgres.url, ['orion_gateway']);
  const keyFile = join(mkdtempSync(join(tmpdir(), 'orion-down-')), 'key');
  const service = await startInProcess(gatewayService, {
    ORION_DATABASE_URL: urlAs(postgres.url, 'orion_gateway', 'g'),
    ORION_HTTP_PORT: '0',
    ORION_ADMIN_KEY_FILE: keyFile,
    ORION_KEY_CACHE: '60s',
    ORION_SHUTDOWN_TIMEOUT: '2s',
  });
  const client = new TestClient(service.urls['http'] ?? '', readFileSync(keyFile, 'utf8').trim());
  expect((await client.get('/health/ready')).status).toBe(200);
  expect((await client.get('/me')).status).toBe(200);

  await postgres.kill();

  const refused = await client.post('/blueprints', aDocument('down'));
  expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
    503,
    'service.unavailable',
    '1',
  ]);
  expect(JSON.stringify(refused.body)).not.toMatch(/ECONN|127\.0\.0\.1|terminat/);
  const ready = await client.get<{ checks: { postgres: object } }>('/health/ready');
  expect([ready.status, ready.body.checks.postgres]).toMatchObject([503, { state: 'down' }]);
  expect(JSON.stringify(ready.body)).not.toMatch(/ECONN|127\.0\.0\.1/);
  expect((await client.get('/health/live')).status).toBe(200);
  expect((await client.post('/blueprints/validate', aDocument('still'))).status).toBe(200);

  await ownPostgres(dir, postgres.port);

  await waitFor(async () => (await client.get('/health/ready')).status === 200);
  expect((await client.post('/blueprints', aDocument('down'))).status).toBe(201);
  await service.stop();
});

async function ownPostgres(dir: string, port = 0): Promise<EmbeddedPostgres> {
  // What was committed must be there after the kill.
  const postgres = await startEmbeddedPostgres({ dir, port });
  registerTestResource({ dispose: () => postgres.stop() });
  return postgres;
}
