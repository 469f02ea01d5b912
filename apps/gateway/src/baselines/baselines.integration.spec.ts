import { aBaseline, aBlueprint, aReadyRange, aSite, aTenant, endJob, sql, type TestTenant } from '../gateway.builders';
import { startGateway, type TestClient, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let tenant: TestTenant;
let client: TestClient;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  client = tenant.admin;
  blueprintId = await aBlueprint(client);
});

/** A range with a running node of 512 MiB whose disk lies on a storage like this. */
async function aRangeOn(storage: { snapshots?: boolean; newestOnly?: boolean; freeGiB?: number }): Promise<string> {
  const siteId = await aSite(gateway, [tenant.id]);
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });
  await sql(
    gateway,
    `INSERT INTO site_storage (site_id, name, shared, hosts, total_gib, free_gib, snapshots, linked_clones, newest_only,
                               observed_at)
     VALUES ($1, 'local', false, '{pve1}', 100, $2, $3, true, $4, now())`,
    [siteId, storage.freeGiB ?? 50, storage.snapshots ?? true, storage.newestOnly ?? false],
  );
  return rangeId;
}

const codeOf = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }) => [
  status,
  body['code'],
];
const take = (rangeId: string, body: object) => client.post(`/ranges/${rangeId}/baselines`, body);
const reset = (rangeId: string, body: object = {}) => client.post(`/ranges/${rangeId}/resets`, body);

test('a baseline is taken by a job, its name is taken at once, and it is listed', async () => {
  const rangeId = await aRangeOn({});
  const accepted = await take(rangeId, { name: 'clean', description: 'as deployed', mode: 'memory' });
  expect(accepted.status).toBe(202);
  expect(accepted.body['job']).toMatchObject({ kind: 'baseline.create', params: { name: 'clean', mode: 'memory' } });
  const { body } = await client.get(`/ranges/${rangeId}/baselines`);
  expect(body['items']).toEqual([
    expect.objectContaining({
      name: 'clean',
      mode: 'memory',
      state: 'creating',
      current: false,
      snapshot: 'orion-clean',
    }),
  ]);
  const { body: detail } = await client.get(`/ranges/${rangeId}/baselines/clean`);
  expect(detail).toMatchObject({ description: 'as deployed', digest: null, manifest: [] });
  await endJob(gateway, { rangeId, jobId: (accepted.body['job'] as { id: string }).id });
  expect(codeOf(await take(rangeId, { name: 'clean' }))).toEqual([409, 'baseline.name_taken']);
});

test.each([{}, { name: 'Clean' }, { name: '1st' }, { name: 'x'.repeat(31) }, { name: 'clean', mode: 'tape' }])(
  'a baseline asked for with %j is refused',
  async (body) => {
    const rangeId = await aRangeOn({});
    expect(codeOf(await take(rangeId, body))).toEqual([400, 'request.invalid']);
  },
);

test('what the storage cannot keep is refused before anything is stopped, and leaves no job behind', async () => {
  const without = await aRangeOn({ snapshots: false });
  expect(codeOf(await take(without, { name: 'clean' }))).toEqual([422, 'baseline.unsupported']);
  const small = await aRangeOn({ freeGiB: 1 });
  expect(codeOf(await take(small, { name: 'clean', mode: 'memory' }))).toEqual([409, 'capacity.insufficient']);
  expect((await take(small, { name: 'clean' })).status).toBe(202);
  const { body } = await client.get(`/ranges/${without}/jobs`);
  expect((body['items'] as { kind: string }[]).map(({ kind }) => kind)).not.toContain('baseline.create');
});

test('a storage that rolls back to its newest snapshot only keeps one baseline, and says so before', async () => {
  const rangeId = await aRangeOn({ newestOnly: true });
  await aBaseline(gateway, rangeId, 'clean');
  const second = await take(rangeId, { name: 'second' });
  expect(codeOf(second)).toEqual([409, 'baseline.not_newest']);
  expect(second.body['baselines']).toEqual(['clean']);
  await sql(
    gateway,
    `INSERT INTO range_snapshot (id, tenant_id, range_id, node, name, job_id, created_at)
     SELECT gen_random_uuid(), tenant_id, id, 'web-1', 'mine', gen_random_uuid(), now() + interval '1 second'
       FROM range WHERE id = $1`,
    [rangeId],
  );
  const blocked = await reset(rangeId);
  expect(codeOf(blocked)).toEqual([409, 'baseline.not_newest']);
  expect(blocked.body['newer']).toEqual([{ node: 'web-1', snapshot: 'mine' }]);
});

test('a reset returns to the current baseline, or to the one that it names', async () => {
  const rangeId = await aRangeOn({});
  expect(codeOf(await reset(rangeId))).toEqual([404, 'baseline.missing']);
  await aBaseline(gateway, rangeId, 'first', { current: false });
  await aBaseline(gateway, rangeId, 'second');
  await aBaseline(gateway, rangeId, 'broken', { state: 'incomplete', current: false });
  expect(codeOf(await reset(rangeId, { baseline: 'never' }))).toEqual([404, 'baseline.missing']);
  expect(codeOf(await reset(rangeId, { baseline: 'broken' }))).toEqual([409, 'baseline.not_ready']);
  const chosen = await client.send('PUT', `/ranges/${rangeId}/current-baseline`, { body: { name: 'first' } });
  expect([chosen.status, chosen.body['current']]).toEqual([200, true]);
  const { body } = await reset(rangeId);
  expect(body['job']).toMatchObject({ kind: 'range.reset', params: { baseline: 'first' } });
  const { body: listed } = await client.get(`/ranges/${rangeId}/baselines`);
  expect((listed['items'] as { name: string; current: boolean }[]).filter(({ current }) => current)).toHaveLength(1);
});

test('a node is reset by its name, one that does not exist is not', async () => {
  const rangeId = await aRangeOn({});
  await aBaseline(gateway, rangeId, 'clean');
  expect(codeOf(await client.post(`/ranges/${rangeId}/nodes/nobody/resets`, {}))).toEqual([404, 'node.not_found']);
  const { body } = await client.post(`/ranges/${rangeId}/nodes/web-1/resets`, {});
  expect(body['job']).toMatchObject({ kind: 'node.reset', params: { node: 'web-1', baseline: 'clean' } });
});

test('while a job changes the range a reset is refused, or waits when asked to; several may wait', async () => {
  const rangeId = await aRangeOn({});
  await aBaseline(gateway, rangeId, 'clean');
  await client.post(`/ranges/${rangeId}/stop`, {});
  expect(codeOf(await reset(rangeId))).toEqual([409, 'range.busy']);
  for (let i = 0; i < 2; i++) {
    const { status, body } = await reset(rangeId, { queue: true });
    expect([status, (body['job'] as { state: string }).state]).toEqual([202, 'pending']);
  }
});
