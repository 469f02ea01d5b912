import { ERRORS } from '@orion/domain';
import { connect } from 'node:net';
import { once } from 'node:events';

import { aDocument, aTenant, sql } from '../gateway.builders';
import { startGateway, type TestClient, type ClientAnswer, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let client: TestClient;
beforeAll(async () => {
  gateway = await startGateway({ ORION_REQUEST_TIMEOUT: '1s' });
  client = (await aTenant(gateway)).admin;
});

function expectProblem({ status, headers, body }: ClientAnswer<Record<string, unknown>>, code: keyof typeof ERRORS) {
  expect([status, headers.get('content-type'), body['code']]).toEqual([
    body['status'],
    expect.stringContaining('application/problem+json'),
    code,
  ]);
  expect(body).toMatchObject({
    type: `urn:orion-range:error:${code}`,
    title: ERRORS[code].title,
    retry: ERRORS[code].retry,
    detail: expect.any(String),
    instance: expect.stringMatching(/^\//),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
}

test('an unknown route, an unknown method', async () => {
  expectProblem(await client.get('/nope?token=hidden'), 'route.not_found');
  expectProblem(await client.send('PATCH', '/blueprints'), 'route.not_found');
});

test('an id that is none, and a resource that is not there', async () => {
  expectProblem(await client.get('/ranges/nonsense'), 'resource.not_found');
  expectProblem(await client.get('/ranges/01a2094b-0aa3-71ed-9907-99ff0b9effd7'), 'resource.not_found');
});

test('broken JSON where JSON is needed', async () => {
  expectProblem(await client.send('POST', '/ranges', { text: '{"name": ' }), 'request.invalid');
  expectProblem(await client.send('POST', '/ranges', { text: '{"__proto__": {"x": 1}}' }), 'request.invalid');
});

test('members that are wrong or unknown are all named', async () => {
  const answer = await client.post('/ranges', { name: 'Not A Label', blueprintId: 'x', surprise: 1 });
  expectProblem(answer, 'request.invalid');
  const pointers = (answer.body['problems'] as { pointer: string }[]).map(({ pointer }) => pointer);
  expect(pointers).toEqual(expect.arrayContaining(['/name', '/blueprintId', '/surprise']));
});

test.each(['text/plain', 'application/xml'])('a body of type %s', async (type) => {
  const answer = await client.send('POST', '/blueprints/validate', { text: 'x', headers: { 'content-type': type } });
  expectProblem(answer, 'request.unsupported_media_type');
});

test('YAML where only JSON is taken, and no document at all', async () => {
  const headers = { 'content-type': 'application/yaml' };
  expectProblem(await client.send('POST', '/ranges', { text: 'name: x', headers }), 'request.unsupported_media_type');
  expectProblem(await client.send('POST', '/blueprints/validate'), 'request.unsupported_media_type');
});

test('a body over 4 MiB', async () => {
  const text = JSON.stringify({ name: 'x'.repeat(4 * 1024 * 1024) });
  expectProblem(await client.send('POST', '/blueprints/validate', { text }), 'request.too_large');
});

test('a body that does not arrive in time', async () => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /blueprints/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"code":"request.body_timeout"');
});

test('what is no HTTP', async () => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write('nonsense\r\n\r\n');
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(data.toString()).toContain('"code":"request.invalid"');
});

test('an error that nobody foresaw tells nothing about itself', async () => {
  await sql(gateway, 'ALTER TABLE audit_event RENAME COLUMN action TO action_renamed');
  const answer = await client.post('/blueprints', aDocument('unforeseen'));
  await sql(gateway, 'ALTER TABLE audit_event RENAME COLUMN action_renamed TO action');
  expectProblem(answer, 'internal.error');
  expect(JSON.stringify(answer.body)).not.toMatch(/column|audit|SELECT|INSERT|\.ts/);
});

test('the caller’s trace goes on, in the answer, too', async () => {
  const { body } = await client.get('/nope', {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  expect(body['traceId']).toBe('0af7651916cd43dd8448eb211c80319c');
});

test('answers carry the headers that keep browsers from misusing them', async () => {
  const { headers } = await client.get('/me');
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  });
});

test('who asks too often is told when to come back, and others are not held up', async () => {
  const limited = await startGateway({ ORION_RATE_LIMIT: '5' });
  const other = (await limited.admin.post<{ key: string }>('/api-keys', { name: 'other', role: 'viewer' })).body.key;
  const answers = await Promise.all(Array.from({ length: 30 }, () => limited.admin.get('/version')));
  const me = await Promise.all(Array.from({ length: 30 }, () => limited.admin.get('/me')));

  const refused = me.find(({ status }) => status === 429);
  if (refused === undefined) throw new Error('Nobody was refused.');
  expectProblem(refused, 'request.rate_limited');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answers.some(({ status }) => status === 429)).toBe(true);
  expect(other).toMatch(/^orn_/);
});
