import {
  aBlueprint,
  aDocument,
  aRange,
  aSite,
  aTenant,
  endJob,
  sql,
  uniqueName,
  type TestTenant,
} from '../gateway.builders';
import { startGateway, type TestClient, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let tenant: TestTenant;
let client: TestClient;
let siteId: string;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  client = tenant.admin;
  siteId = await aSite(gateway, [tenant.id]);
  blueprintId = await aBlueprint(client);
});

const keyed = (key: string) => ({ 'idempotency-key': key });

test('twenty repetitions at once are one range, and all get the same answer', async () => {
  const body = { name: uniqueName('once'), blueprintId, siteId };

  const answers = await Promise.all(Array.from({ length: 20 }, () => client.post('/ranges', body, keyed('at-once'))));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
  expect(await sql(gateway, 'SELECT FROM range WHERE name = $1', [body.name])).toHaveLength(1);
});

test('the answer stays the same whatever has happened since', async () => {
  const document = aDocument(uniqueName('kept'));
  const first = await client.post<{ id: string }>('/blueprints', document, keyed('kept'));
  await client.send('DELETE', `/blueprints/${first.body.id}`);
  const second = await client.post('/blueprints', document, keyed('kept'));
  expect([second.status, second.body, second.headers.get('etag')]).toEqual([
    201,
    first.body,
    first.headers.get('etag'),
  ]);
});

test('another body under the same key is refused', async () => {
  await client.post('/blueprints', aDocument(uniqueName('one')), keyed('reused'));
  const { status, body } = await client.post('/blueprints', aDocument(uniqueName('two')), keyed('reused'));
  expect([status, body['code']]).toEqual([422, 'request.idempotency_key_reused']);
});

test('a key counts per tenant and per route, the version of the path aside', async () => {
  const document = aDocument(uniqueName('per'));
  const first = await client.post('/blueprints', document, keyed('shared'));
  const same = await client.post('/v1/blueprints', document, keyed('shared'));
  expect(same.body).toEqual(first.body);
  const other = await aTenant(gateway);
  const foreign = await other.admin.post<{ id: string }>('/blueprints', document, keyed('shared'));
  expect([foreign.status, foreign.body.id === first.body['id']]).toEqual([201, false]);
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range);
  expect((await client.post(`/ranges/${range.rangeId}/stop`, undefined, keyed('shared'))).status).toBe(202);
});

test('a request that failed may be repeated under its key', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const stop = () => client.post(`/ranges/${range.rangeId}/stop`, undefined, keyed('later'));
  expect((await stop()).body['code']).toBe('range.busy');
  await endJob(gateway, range);
  expect((await stop()).status).toBe(202);
});

test('an answer is forgotten after a day', async () => {
  const name = uniqueName('day');
  await client.post('/blueprints', aDocument(name), keyed('day'));
  await sql(gateway, `UPDATE idempotency_request SET created_at = now() - interval '25 hours' WHERE key = 'day'`);
  const { status, body } = await client.post('/blueprints', aDocument(name), keyed('day'));
  expect([status, body['code']]).toEqual([409, 'blueprint.name_taken']);
});

test('the secret of an API key is neither kept nor repeated', async () => {
  const request = { name: 'once', role: 'viewer' };
  const first = await client.post<{ id: string; key: string }>('/api-keys', request, keyed('secret'));
  const second = await client.post<{ id: string; key: null }>('/api-keys', request, keyed('secret'));
  expect([second.status, second.body.id, second.body.key]).toEqual([201, first.body.id, null]);
  const kept = await sql<{ answer: unknown }>(gateway, `SELECT answer FROM idempotency_request WHERE key = 'secret'`);
  expect(JSON.stringify(kept)).not.toContain(first.body.key);
});

test('a key that is no key is refused', async () => {
  const { status } = await client.post('/blueprints', aDocument(uniqueName('odd')), keyed('a b'));
  expect(status).toBe(400);
});
