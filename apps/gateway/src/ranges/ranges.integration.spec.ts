import {
  aBlueprint,
  aRange,
  aReadyRange,
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

test('a deploy is stored whole: range, job, wake-up, audit and first event', async () => {
  const name = uniqueName('whole');
  const { status, headers, body } = await client.post<{ job: { id: string }; range: { id: string } }>(
    '/ranges',
    { name, blueprintId, onFailure: 'rollback', deadlineSeconds: 600 },
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  );
  expect([status, headers.get('location')]).toEqual([202, `/jobs/${body.job.id}`]);

  const [job] = await sql(gateway, 'SELECT kind, state, params, traceparent, range_id FROM job WHERE id = $1', [
    body.job.id,
  ]);
  expect(job).toMatchObject({
    kind: 'range.deploy',
    state: 'pending',
    params: { onFailure: 'rollback' },
    range_id: body.range.id,
    traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
  });
  const rows = await sql(gateway, 'SELECT FROM outbox WHERE job_id = $1', [body.job.id]);
  const audit = await sql(gateway, 'SELECT action FROM audit_event WHERE subject = $1', [`range:${body.range.id}`]);
  const events = await sql(gateway, 'SELECT number::int, type FROM event WHERE stream_id = $1', [body.range.id]);
  expect([rows.length, audit, events]).toEqual([
    1,
    [{ action: 'range.deploy' }],
    [{ number: 1, type: 'job.requested' }],
  ]);
});

test('what the site cannot do is refused before anything is made', async () => {
  const { body: stored } = await client.post<{ id: string }>('/blueprints', {
    schemaVersion: 1,
    name: uniqueName('beyond'),
    networks: [{ name: 'lan', cidr: '10.20.0.0/24', egress: 'nat' }],
    nodes: [
      { name: 'web', template: 'no-such', resources: { cpus: 1, memoryMiB: 512 }, interfaces: [{ network: 'lan' }] },
    ],
  });
  const { status, body } = await client.post('/ranges', { name: uniqueName('beyond'), blueprintId: stored.id });
  expect([status, body['code']]).toEqual([422, 'blueprint.invalid']);
  expect((body['problems'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/networks/0/egress', '/nodes/0/template']),
  );
  expect((await client.get<{ items: object[] }>('/ranges?name=beyond')).body.items).toEqual([]);
});

test('a range names its site when the tenant has several, and has one at all', async () => {
  const other = await aTenant(gateway);
  const own = await aBlueprint(other.admin);
  const none = await other.admin.post('/ranges', { name: 'no-site', blueprintId: own });
  expect(none.body['code']).toBe('site.not_granted');
  await aSite(gateway, [other.id]);
  await aSite(gateway, [other.id]);
  const several = await other.admin.post('/ranges', { name: 'no-site', blueprintId: own });
  expect([several.status, several.body['code']]).toEqual([422, 'site.ambiguous']);
  const foreign = await other.admin.post('/ranges', { name: 'no-site', blueprintId: own, siteId });
  expect(foreign.status).toBe(404);
});

test('a name belongs to one range of a tenant until that is destroyed', async () => {
  const name = uniqueName('named');
  const first = await client.post<{ range: { id: string } }>('/ranges', { name, blueprintId });
  const second = await client.post('/ranges', { name, blueprintId });
  expect([first.status, second.status, second.body['code']]).toEqual([202, 409, 'range.name_taken']);
  await sql(gateway, `UPDATE range SET state = 'destroyed' WHERE id = $1`, [first.body.range.id]);
  expect((await client.post('/ranges', { name, blueprintId })).status).toBe(202);
});

test('of fifty changes at once exactly one is accepted, and the others name it', async () => {
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      client.post<{ job: { id: string }; code: string; jobId: string }>(
        `/ranges/${rangeId}/${index % 2 ? 'start' : 'stop'}`,
      ),
    ),
  );

  const won = answers.filter(({ status }) => status === 202);
  expect(won).toHaveLength(1);
  const lost = answers.filter(({ status }) => status !== 202);
  expect(lost.map(({ status, body }) => [status, body.code, body.jobId])).toEqual(
    lost.map(() => [409, 'range.busy', won[0]?.body.job.id]),
  );
  expect(await sql(gateway, `SELECT FROM job WHERE range_id = $1 AND state = 'pending'`, [rangeId])).toHaveLength(1);
});

test('a range does only what its state allows', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range, 'failed');
  const refused = await client.post(`/ranges/${range.rangeId}/start`);
  expect([refused.status, refused.body['code'], refused.body['state']]).toEqual([
    409,
    'range.illegal_state',
    'degraded',
  ]);

  expect((await client.send('DELETE', `/ranges/${range.rangeId}`)).status).toBe(202);

  const { body } = await client.get(`/ranges/${range.rangeId}`);
  expect([body['state'], body['desiredState']]).toEqual(['destroying', 'destroyed']);
});

test('a range that is degraded or at rest is repaired by a job, one at a time', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range, 'failed');

  const first = await client.post<{ job: { id: string } }>(`/ranges/${range.rangeId}/repairs`, { deadlineSeconds: 60 });
  const second = await client.post(`/ranges/${range.rangeId}/repairs`);

  expect([first.status, first.body.job]).toEqual([202, expect.objectContaining({ kind: 'range.repair', params: {} })]);
  expect([second.status, second.body['code'], second.body['jobId']]).toEqual([409, 'range.busy', first.body.job.id]);
  expect((await client.get(`/ranges/${range.rangeId}`)).body).toMatchObject({
    state: 'degraded',
    desiredState: 'running',
  });
  await endJob(gateway, { rangeId: range.rangeId, jobId: first.body.job.id });
  const again = await client.post('/jobs', { kind: 'range.repair', rangeId: range.rangeId });
  expect(again.status).toBe(202);
});

test('a node whose state cannot be told says what a person can do', async () => {
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });
  const hint = async () => (await client.get(`/ranges/${rangeId}/nodes/web-1`)).body['hint'];
  expect(await hint()).toBeNull();
  await sql(gateway, `UPDATE range_node SET state = 'unknown' WHERE range_id = $1`, [rangeId]);
  expect(await hint()).toContain('/repairs');
});

test('a range shows its nodes with host, id and addresses, and its networks with their tags', async () => {
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });
  const { body } = await client.get<{ nodes: object[]; networks: object[] }>(`/ranges/${rangeId}`);
  expect(body.nodes).toEqual([
    expect.objectContaining({
      name: 'web-1',
      host: 'pve1',
      vmId: 4000,
      state: 'running',
      interfaces: [expect.objectContaining({ address: '10.20.0.2/24' })],
      observedAddresses: ['10.20.0.2'],
    }),
  ]);
  expect(body.networks).toEqual([
    expect.objectContaining({ name: 'lan', vlanTag: 101, mode: 'vlan', bridge: 'vmbr1', vnet: null, zone: null }),
  ]);
  expect((await client.get(`/ranges/${rangeId}/nodes/web-1`)).body['vmId']).toBe(4000);
  expect((await client.get(`/ranges/${rangeId}/nodes/web-9`)).body['code']).toBe('node.not_found');
  expect((await client.get<{ items: object[] }>(`/ranges/${rangeId}/nodes?state=stopped`)).body.items).toEqual([]);
});

test('a range shows what the guest reports of each card beside what is expected, and its VNets', async () => {
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });
  const interfaces = async () =>
    (await client.get<{ interfaces: object[] }>(`/ranges/${rangeId}/nodes/web-1`)).body.interfaces;
  expect(await interfaces()).toEqual([expect.objectContaining({ address: '10.20.0.2/24', observed: [] })]);

  const seen = [
    { mac: 'bc:24:11:00:00:01', addresses: ['10.20.0.9/24'] },
    { mac: '00:00:00:00:00:01', addresses: ['172.17.0.1/16'] },
  ];
  await sql(gateway, `UPDATE range_node SET observed_interfaces = $2 WHERE range_id = $1`, [
    rangeId,
    JSON.stringify(seen),
  ]);
  await sql(gateway, `UPDATE range_network SET mode = 'sdn', zone = 'ranges', bridge = 'onet1' WHERE range_id = $1`, [
    rangeId,
  ]);

  expect(await interfaces()).toEqual([
    expect.objectContaining({ address: '10.20.0.2/24', observed: ['10.20.0.9/24'] }),
  ]);
  const { body } = await client.get<{ networks: object[] }>(`/ranges/${rangeId}`);
  expect(body.networks).toEqual([
    expect.objectContaining({ mode: 'sdn', vnet: 'onet1', zone: 'ranges', vlanTag: 101 }),
  ]);
});

test('a range tells when its site was last looked at, however long its agent is silent', async () => {
  const silent = await aSite(gateway, [tenant.id]);
  const { rangeId } = await aRange(client, { blueprintId, siteId: silent });
  expect((await client.get(`/ranges/${rangeId}`)).body['observedAt']).toBeNull();

  await sql(
    gateway,
    `INSERT INTO site_agent (site_id, generation, heartbeat_at, inventory_at)
     VALUES ($1, 1, '2026-01-02T03:04:05Z', '2026-01-02T03:04:00Z')`,
    [silent],
  );

  expect((await client.get(`/ranges/${rangeId}`)).body['observedAt']).toBe('2026-01-02T03:04:00.000Z');
});

test('a node is started and stopped by jobs about it', async () => {
  const range = await aReadyRange(gateway, client, { blueprintId, siteId });
  const { body } = await client.post<{ job: { id: string; params: object } }>(
    `/ranges/${range.rangeId}/nodes/web-1/stop`,
  );
  expect(body.job).toMatchObject({ kind: 'node.stop', params: { node: 'web-1' } });
  await endJob(gateway, { rangeId: range.rangeId, jobId: body.job.id });
  const missing = await client.post(`/ranges/${range.rangeId}/nodes/web-9/start`);
  expect([missing.status, missing.body['code']]).toEqual([404, 'node.not_found']);
  const free = await client.post(`/ranges/${range.rangeId}/nodes/web-1/start`);
  expect(free.status).toBe(202);
});

test('a snapshot takes its name at once', async () => {
  const range = await aReadyRange(gateway, client, { blueprintId, siteId });
  const path = `/ranges/${range.rangeId}/nodes/web-1/snapshots`;
  const { body } = await client.post<{ job: { id: string } }>(path, { name: 'before', memory: true });
  expect(body.job).toMatchObject({ kind: 'node.snapshot', params: { node: 'web-1', name: 'before', memory: true } });
  await endJob(gateway, { rangeId: range.rangeId, jobId: body.job.id });

  const again = await client.post(path, { name: 'before' });

  expect([again.status, again.body['code']]).toEqual([409, 'snapshot.name_taken']);
  const { body: listed } = await client.get<{ items: object[] }>(path);
  expect(listed.items).toEqual([expect.objectContaining({ name: 'before', memory: true, jobId: body.job.id })]);
});

test('ranges are filtered by state and blueprint', async () => {
  const other = await aBlueprint(client);
  const range = await aRange(client, { blueprintId: other, siteId });
  const list = (query: string) => client.get<{ items: { id: string }[] }>(`/ranges?blueprintId=${other}${query}`);
  expect((await list('&state=deploying')).body.items.map(({ id }) => id)).toEqual([range.rangeId]);
  expect((await list('&state=ready')).body.items).toEqual([]);
  expect((await client.get('/ranges?state=odd')).status).toBe(400);
  const { body: jobs } = await client.get<{ items: { id: string }[] }>(`/ranges/${range.rangeId}/jobs`);
  expect(jobs.items.map(({ id }) => id)).toEqual([range.jobId]);
});
