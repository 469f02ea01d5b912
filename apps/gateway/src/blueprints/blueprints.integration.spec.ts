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
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  client = tenant.admin;
  siteId = await aSite(gateway, [tenant.id]);
});

const yamlOf = (name: string) => `schemaVersion: 1
name: ${name}
networks:
  - { name: lan, cidr: 10.20.0.0/24 }
nodes:
  - { name: web, template: debian-12, resources: { cpus: 1, memoryMiB: 512 }, interfaces: [{ network: lan }] }
`;

test.each(['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml', 'application/json'])(
  'a valid document of type %s is valid',
  async (type) => {
    const text = type === 'application/json' ? JSON.stringify(aDocument('small')) : yamlOf('small');
    const { status, body } = await client.send('POST', '/blueprints/validate', {
      text,
      headers: { 'content-type': type },
    });
    expect([status, body['valid'], body['problems']]).toEqual([200, true, []]);
  },
);

test.each([
  ['YAML', 'application/yaml', 'name: [unclosed'],
  ['JSON', 'application/json', '{"name": '],
  ['an empty document', 'application/yaml', ''],
])('broken %s is a valid question: 200, with the problem and its line', async (_, type, text) => {
  const { status, body } = await client.send<{ valid: boolean; problems: { line?: number }[] }>(
    'POST',
    '/blueprints/validate',
    {
      text,
      headers: { 'content-type': type },
    },
  );
  expect([status, body.valid]).toEqual([200, false]);
  expect(body.problems[0]?.line).toBeGreaterThan(0);
});

test('all problems come at once', async () => {
  const document = { ...aDocument('BAD NAME'), surprise: true, networks: [{ name: 'lan', cidr: '10.20.0.1/24' }] };
  const { body } = await client.post<{ problems: { pointer: string }[] }>('/blueprints/validate', document);
  const pointers = body.problems.map(({ pointer }) => pointer);
  expect(pointers).toEqual(expect.arrayContaining(['/name', '/surprise']));
  expect(body.problems.length).toBeGreaterThanOrEqual(2);
});

test('the normalised form comes on request', async () => {
  const without = await client.post('/blueprints/validate', aDocument('small'));
  const { body } = await client.post<{ normalised: { name: string } }>(
    '/blueprints/validate?normalised=true',
    aDocument('small'),
  );
  expect(without.body).not.toHaveProperty('normalised');
  expect(body.normalised.name).toBe('small');
});

test('a document is held against a site on request', async () => {
  const document = { ...aDocument('small'), networks: [{ name: 'lan', cidr: '10.20.0.0/24', egress: 'nat' }] };
  const { body } = await client.post<{ valid: boolean; problems: { pointer: string }[] }>(
    `/blueprints/validate?site=${siteId}`,
    { ...document, nodes: [{ ...aDocument('small').nodes[0], template: 'no-such' }] },
  );
  expect(body.valid).toBe(false);
  expect(body.problems.map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/networks/0/egress', '/nodes/0/template']),
  );
});

test('a blueprint keeps every revision, each as it was sent', async () => {
  const name = uniqueName('kept');
  const first = await client.send<{ id: string }>('POST', '/blueprints', {
    text: yamlOf(name),
    headers: { 'content-type': 'application/yaml' },
  });
  expect([first.status, first.headers.get('location')]).toEqual([201, `/blueprints/${first.body.id}`]);
  const path = `/blueprints/${first.body.id}`;
  const changed = await client.send('PUT', path, {
    body: aDocument(name, 3),
    headers: { 'if-match': first.headers.get('etag') ?? '' },
  });
  expect([changed.status, changed.body['latestRevision'], changed.body['nodeCount']]).toEqual([200, 2, 3]);

  const source = await client.get<string>(`${path}/revisions/1/source`);
  expect([source.headers.get('content-type'), source.body]).toEqual(['application/yaml; charset=utf-8', yamlOf(name)]);
  const { body: revisions } = await client.get<{ items: { revision: number }[] }>(`${path}/revisions`);
  expect(revisions.items.map(({ revision }) => revision)).toEqual([2, 1]);
  expect((await client.get(`${path}/revisions/3`)).status).toBe(404);
});

test('storing what is there already makes no new revision', async () => {
  const id = await aBlueprint(client, 'unchanged');
  const { body } = await client.send('PUT', `/blueprints/${id}`, {
    body: aDocument('unchanged'),
    headers: { 'if-match': '"1"' },
  });
  expect(body['latestRevision']).toBe(1);
});

test('a change needs the version that was read', async () => {
  const id = await aBlueprint(client, 'versioned');
  const change = (headers: Record<string, string>, nodes: number) =>
    client.send('PUT', `/blueprints/${id}`, { body: aDocument('versioned', nodes), headers });
  expect((await change({}, 2)).status).toBe(428);

  const answers = await Promise.all([2, 3, 4, 5].map((nodes) => change({ 'if-match': '"1"' }, nodes)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
});

test('an invalid document is not stored, and says all that is wrong', async () => {
  const { status, body } = await client.post('/blueprints', { schemaVersion: 1, name: 'x' });
  expect([status, body['code']]).toEqual([422, 'blueprint.invalid']);
  expect(body['problems']).toEqual(expect.arrayContaining([expect.objectContaining({ severity: 'error' })]));
});

test('a name belongs to one blueprint of a tenant, and is free again once that is deleted', async () => {
  const id = await aBlueprint(client, 'taken');
  const again = await client.post('/blueprints', aDocument('taken'));
  expect([again.status, again.body['code']]).toEqual([409, 'blueprint.name_taken']);
  const other = await aTenant(gateway);
  expect((await other.admin.post('/blueprints', aDocument('taken'))).status).toBe(201);

  expect((await client.send('DELETE', `/blueprints/${id}`)).status).toBe(204);
  expect((await client.get(`/blueprints/${id}`)).status).toBe(404);
  expect((await client.post('/blueprints', aDocument('taken'))).status).toBe(201);
});

test('a blueprint stays while a range uses it', async () => {
  const blueprintId = await aBlueprint(client);
  const range = await aRange(client, { blueprintId, siteId });
  const refused = await client.send('DELETE', `/blueprints/${blueprintId}`);
  expect([refused.status, refused.body['code']]).toEqual([409, 'blueprint.in_use']);

  await endJob(gateway, range);
  await sql(gateway, `UPDATE range SET state = 'destroyed' WHERE id = $1`, [range.rangeId]);

  expect((await client.send('DELETE', `/blueprints/${blueprintId}`)).status).toBe(204);
});

test('a delete and a deploy at the same moment: one of them is refused', async () => {
  for (let round = 0; round < 10; round += 1) {
    const blueprintId = await aBlueprint(client);
    const [deploy, removal] = await Promise.all([
      client.post('/ranges', { name: uniqueName('race'), blueprintId, siteId }),
      client.send('DELETE', `/blueprints/${blueprintId}`),
    ]);
    expect([
      [202, 409],
      [404, 204],
    ]).toContainEqual([deploy.status, removal.status]);
  }
});

test('lists are paged without gaps, and filtered by name', async () => {
  const other = await aTenant(gateway);
  const ids = [await aBlueprint(other.admin), await aBlueprint(other.admin, 'wanted'), await aBlueprint(other.admin)];
  type Listed = { items: { id: string }[]; nextCursor: string | null };
  const { body: first } = await other.admin.get<Listed>('/blueprints?limit=2');
  const { body: second } = await other.admin.get<Listed>(`/blueprints?limit=2&cursor=${first.nextCursor ?? ''}`);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...ids].reverse());
  expect(second.nextCursor).toBeNull();
  const { body: named } = await other.admin.get<Listed>('/blueprints?name=wanted');
  expect(named.items.map(({ id }) => id)).toEqual([ids[1]]);
  expect((await other.admin.get('/blueprints?cursor=nonsense')).body['code']).toBe('request.cursor_invalid');
});
