import { waitFor } from '@orion/testing';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource } from '@orion/persistence';

import { aTenant, sql, type TestTenant } from '../gateway.builders';
import { createGatewayDatabase, gatewayUrl, startGateway, TestClient, type TestGateway } from '../gateway.fixture';
import { deliverTo, firstStart } from './first-start';

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({ ORION_KEY_CACHE: '1s' });
  tenant = await aTenant(gateway);
});

test('gateways that start for the first time at once make one tenant and one admin key', async () => {
  const database = await createGatewayDatabase();
  const delivered: string[] = [];
  const sources = await Promise.all(
    Array.from({ length: 4 }, () =>
      createDataSource({ url: gatewayUrl(database), applicationName: 'first' }).initialize(),
    ),
  );

  await Promise.all(sources.map((source) => firstStart(source, async (key) => void delivered.push(key))));
  await Promise.all(sources.map((source) => source.destroy()));

  expect(delivered).toHaveLength(1);
  const [counts] = await sql(
    { database },
    `SELECT (SELECT count(*)::int FROM tenant) AS tenants,
    (SELECT count(*)::int FROM api_key) AS keys, (SELECT count(*)::int FROM installation) AS installations`,
  );
  expect(counts).toEqual({ tenants: 1, keys: 1, installations: 1 });
});

test('an admin key that cannot be handed over is not made', async () => {
  const database = await createGatewayDatabase();
  const source = await createDataSource({ url: gatewayUrl(database), applicationName: 'first' }).initialize();

  await expect(firstStart(source, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
  await source.destroy();

  expect(await sql({ database }, 'SELECT FROM tenant')).toHaveLength(0);
});

test('the file of the first admin key is for its owner alone', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'orion-key-')), 'key');
  await deliverTo(file)('orn_key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe('orn_key\n');
});

test('the database holds no secret', async () => {
  const secret = gateway.adminKey.split('_').slice(2).join('_');
  const rows = await sql<{ text: string }>(gateway, 'SELECT k::text AS text FROM api_key k');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ text }) => text.includes(secret))).toHaveLength(0);
});

test('who sends no key is asked for one, who sends a wrong one is refused', async () => {
  const nobody = await new TestClient(gateway.url).get('/blueprints');
  expect([nobody.status, nobody.body['code'], nobody.headers.get('www-authenticate')]).toEqual([
    401,
    'auth.required',
    'Bearer realm="orion"',
  ]);
  const [, id] = gateway.adminKey.split('_');
  for (const key of ['nonsense', `orn_${id}_${'A'.repeat(43)}`, `orn_0123456789abcdef_${'A'.repeat(43)}`]) {
    const { status, body } = await new TestClient(gateway.url, key).get('/blueprints');
    expect([status, body['code']]).toEqual([401, 'auth.invalid']);
  }
});

test('a revoked key stops working within the cache time', async () => {
  const { body } = await tenant.admin.post<{ id: string; key: string }>('/api-keys', { name: 'short', role: 'viewer' });
  const client = new TestClient(gateway.url, body.key);
  expect((await client.get('/me')).status).toBe(200);

  expect((await tenant.admin.send('DELETE', `/api-keys/${body.id}`)).status).toBe(204);

  await waitFor(async () => (await client.get('/me')).status === 401, { timeoutMs: 3_000 });
});

test('a key works no longer than it may', async () => {
  const expiresAt = new Date(Date.now() + 1_500).toISOString();
  const { body } = await tenant.admin.post<{ key: string }>('/api-keys', { name: 'brief', role: 'viewer', expiresAt });
  const client = new TestClient(gateway.url, body.key);
  expect((await client.get('/me')).status).toBe(200);
  await waitFor(async () => (await client.get('/me')).status === 401, { timeoutMs: 5_000 });
  const past = await tenant.admin.post('/api-keys', {
    name: 'late',
    role: 'viewer',
    expiresAt: '2020-01-01T00:00:00Z',
  });
  expect(past.status).toBe(400);
});

test('scopes narrow what the role allows', async () => {
  const client = await tenant.client('admin', ['blueprint:*', 'job:write']);
  expect((await client.get('/blueprints')).status).toBe(200);
  expect((await client.get('/ranges')).status).toBe(403);
  const { body } = await client.get<{ permissions: string[] }>('/me');
  expect(body.permissions).toEqual(['blueprint:read', 'blueprint:write', 'job:write']);
  const job = await client.post('/jobs', { kind: 'range.start', rangeId: '01a2094b-0aa3-71ed-9907-99ff0b9effd7' });
  expect([job.status, job.body['permission']]).toEqual([403, 'range:write']);
});

test('only the tenant that operates the platform manages tenants and sites', async () => {
  expect((await tenant.admin.get('/tenants')).status).toBe(403);
  expect((await tenant.admin.post('/tenants', { name: 'mine' })).status).toBe(403);
  expect((await gateway.admin.get('/tenants')).status).toBe(200);
});

test('a tenant is renamed by whoever read it last, and its name is its own', async () => {
  const other = await aTenant(gateway);
  const path = `/tenants/${other.id}`;
  const { headers } = await gateway.admin.get(path);
  const rename = (name: string, etag: string) =>
    gateway.admin.send('PATCH', path, { body: { name }, headers: { 'if-match': etag } });

  expect((await gateway.admin.send('PATCH', path, { body: { name: 'x1' } })).status).toBe(428);
  expect((await rename('default', headers.get('etag') ?? '')).body['code']).toBe('tenant.name_taken');
  expect((await rename('renamed', headers.get('etag') ?? '')).status).toBe(200);
  expect((await rename('again', headers.get('etag') ?? '')).body['code']).toBe('request.precondition_failed');
});

test('a deleted tenant is shut out', async () => {
  const other = await aTenant(gateway);
  expect((await gateway.admin.send('DELETE', `/tenants/${other.id}`)).status).toBe(204);
  await waitFor(async () => (await other.admin.get('/me')).status === 401, { timeoutMs: 3_000 });
  const { body: me } = await gateway.admin.get<{ tenant: { id: string } }>('/me');
  const own = await gateway.admin.send('DELETE', `/tenants/${me.tenant.id}`);
  expect([own.status, own.body['code']]).toEqual([409, 'tenant.in_use']);
});

test('each change leaves an audit event with its actor and trace', async () => {
  const { body } = await tenant.admin.post<{ id: string }>('/api-keys', { name: 'audited', role: 'viewer' });
  const { body: page } = await tenant.admin.get<{ items: Record<string, unknown>[] }>(
    `/audit-events?subject=key:${body.id}`,
  );
  expect(page.items).toEqual([
    expect.objectContaining({
      action: 'key.create',
      actor: expect.stringMatching(/^key:/),
      traceId: expect.any(String),
    }),
  ]);
});

test('keys are listed page by page, without their secrets', async () => {
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await tenant.admin.get<{ items: { id: string }[]; nextCursor: string | null }>(
      `/api-keys?limit=2${cursor}`,
    );
    seen.push(...body.items.map(({ id }) => id));
    expect(JSON.stringify(body)).not.toMatch(/secret|orn_/);
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
  } while (cursor !== '');
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThan(2);
});
