import { TABLE_CLASSES } from '@orion/persistence';

import {
  aBaseline,
  aBlueprint,
  aDocument,
  aRange,
  aReadyRange,
  aSite,
  aTenant,
  sql,
  uniqueName,
} from '../gateway.builders';
import type { TestTenant } from '../gateway.builders';
import { startGateway, type TestGateway } from '../gateway.fixture';
import type { RangePlanView } from './plan.view';

let gateway: TestGateway;
let tenant: TestTenant;
let siteId: string;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  siteId = await aSite(gateway, [tenant.id]);
  await anInventory(siteId);
  blueprintId = await aBlueprint(tenant.admin);
});

/** One host with a local disk, seen just now by an agent that is there. */
async function anInventory(site: string, memoryFreeMiB = 16_384): Promise<void> {
  await sql(
    gateway,
    `INSERT INTO site_agent (site_id, heartbeat_at, inventory_at) VALUES ($1, now() + interval '1 hour', now())
     ON CONFLICT (site_id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, inventory_at = excluded.inventory_at`,
    [site],
  );
  await sql(gateway, `INSERT INTO site_host VALUES ($1, 'pve1', true, 8, 16384, $2, now())`, [site, memoryFreeMiB]);
  await sql(
    gateway,
    `INSERT INTO site_storage (site_id, name, shared, hosts, total_gib, free_gib, snapshots, linked_clones, observed_at)
     VALUES ($1, 'local', false, '{pve1}', 500, 400, true, true, now())`,
    [site],
  );
}

const plan = async (body: object, client = tenant.admin) => {
  const answer = await client.post<RangePlanView>('/ranges/plan', body);
  expect([answer.status, answer.body]).toEqual([200, answer.body]);
  return answer.body;
};
const codes = ({ reasons }: RangePlanView) => reasons.map(({ code }) => code);

test('a deploy is told: where, from what, what it takes of what is free, and how long it lasts', async () => {
  const told = await plan({ blueprintId, siteId });

  expect(told).toMatchObject({ kind: 'range.deploy', possible: true, reasons: [], steps: 5, estimatedSeconds: 27 });
  expect(told.site).toMatchObject({ id: siteId });
  expect(told.warnings.map(({ code }) => code)).toEqual(['estimate.unmeasured']);
  expect(told.deploy).toEqual({
    nodes: [
      {
        name: 'web-1',
        host: 'pve1',
        storage: 'local',
        template: 'debian-12',
        templateVmId: 9_000,
        templateHost: 'pve1',
        cloneMode: 'linked',
        cpus: 1,
        memoryMiB: 512,
        diskGiB: 1,
        interfaces: [{ network: 'lan', address: '10.20.0.1' }],
      },
    ],
    networks: [{ name: 'lan', cidr: '10.20.0.0/24', gateway: null, egress: 'none', mode: 'vlan', bridge: 'vmbr1' }],
    needs: {
      vmIds: { needed: 1, free: 5_000 },
      networks: { needed: 1, free: 900 },
      hosts: [{ host: 'pve1', nodes: 1, memoryMiB: { needed: 512, free: 15_360 }, cpus: { needed: 1, ofHost: 8 } }],
      storages: [{ storage: 'local', host: 'pve1', nodes: 1, diskGiB: { needed: 1, free: 400 } }],
    },
  });
});

test('a document may be planned before it is stored, as a value and as text', async () => {
  const document = aDocument('unstored', 3);
  const yaml = 'schemaVersion: 1\nname: y\nnodes: [{ name: a, template: debian-12, isolated: true }]\n';

  expect((await plan({ document })).deploy?.nodes).toHaveLength(3);
  expect((await plan({ document: yaml, siteId })).deploy?.nodes.map(({ name }) => name)).toEqual(['a']);
  const broken = await tenant.admin.post('/ranges/plan', { document: { name: 'x' } });
  expect([broken.status, broken.body['code']]).toEqual([422, 'blueprint.invalid']);
});

test('every reason is told at once, as the deploy would fail with', async () => {
  const small = await aSite(gateway, [tenant.id]);
  await anInventory(small, 2_048);
  await sql(gateway, `UPDATE site SET vm_id_last = vm_id_first, vlan_last = vlan_first WHERE id = $1`, [small]);
  const name = uniqueName('taken');
  await tenant.admin.post('/ranges', { name, blueprintId, siteId });
  const document = {
    ...aDocument('too-much', 4),
    networks: [
      { name: 'lan', cidr: '10.20.0.0/24' },
      { name: 'out', cidr: '10.30.0.0/24', egress: 'nat' },
    ],
  };
  document.nodes.push({ ...aDocument('x').nodes[0], name: 'amiga', template: 'workbench' } as never);

  const told = await plan({ name, document, siteId: small });

  expect(codes(told)).toEqual([
    'blueprint.invalid',
    'range.name_taken',
    'site.unsupported',
    'template.not_found',
    'capacity.insufficient',
    'vmid.pool_exhausted',
    'network.pool_exhausted',
  ]);
  expect([told.possible, told.estimatedSeconds]).toEqual([false, null]);
  expect(told.reasons.find(({ code }) => code === 'vmid.pool_exhausted')).toMatchObject({
    retry: 'later',
    detail: 'The range needs 5 VM ids; the site has 1 left.',
    facts: { needed: 5, available: 1 },
  });
});

test('what is in the way without being a reason is a warning', async () => {
  const old = await aSite(gateway, [tenant.id]);
  await anInventory(old);
  await sql(
    gateway,
    `UPDATE site_agent SET inventory_at = now() - interval '9 minutes', heartbeat_at = NULL WHERE site_id = $1`,
    [old],
  );
  await sql(gateway, `UPDATE site_storage SET snapshots = false WHERE site_id = $1`, [old]);
  await aRange(tenant.admin, { blueprintId, siteId: old });

  const told = await plan({ blueprintId, siteId: old });

  expect(told.possible).toBe(true);
  expect(told.warnings.map(({ code, detail }) => [code, detail])).toEqual([
    ['inventory.old', 'The site was last looked at 9 minutes ago.'],
    ['agent.not_online', 'The agent of the site is offline: the job would wait for it.'],
    ['snapshot.impossible', 'The storage local takes no snapshots: with 1 nodes on it the range can have no baseline.'],
    ['estimate.unmeasured', expect.any(String)],
    ['site.occupied', '0 jobs run at the site and 1 wait: the estimate is without them.'],
  ]);
});

test('before its first inventory a site has one reason against everything', async () => {
  const blank = await aSite(gateway, [tenant.id]);

  expect(codes(await plan({ blueprintId, siteId: blank }))).toEqual(['site.inventory_missing']);
});

test('what other tenants hold counts, and nothing of it shows', async () => {
  const [other, shared] = [await aTenant(gateway), await aSite(gateway, [tenant.id])];
  await gateway.admin.post(`/sites/${shared}/grants`, { tenantId: other.id });
  await anInventory(shared);
  const foreign = await aReadyRange(gateway, other.admin, {
    blueprintId: await aBlueprint(other.admin),
    siteId: shared,
  });
  await sql(gateway, `UPDATE range_node SET memory_mib = 15000, state = 'stopped' WHERE range_id = $1`, [
    foreign.rangeId,
  ]);

  const told = await plan({ blueprintId, siteId: shared });

  expect(codes(told)).toEqual(['capacity.insufficient']);
  expect(told.reasons[0]?.facts['missing']).toMatchObject([{ available: 16_384 - 15_000 - 1_024, needed: 512 }]);
  expect(told.deploy?.needs.vmIds).toEqual({ needed: 1, free: 5_000 });
  expect(JSON.stringify(told)).not.toContain(foreign.rangeId);
});

test('a reset is told with its baseline, what each node comes back to, and what is in the way', async () => {
  const { rangeId } = await aReadyRange(gateway, tenant.admin, { blueprintId, siteId });
  const spec = {
    template: 'debian-12',
    mode: 'linked',
    storageShared: false,
    dependsOn: [],
    readiness: { timeoutMs: 1_000 },
  };
  await sql(gateway, `UPDATE range_node SET spec = $2 WHERE range_id = $1`, [rangeId, JSON.stringify(spec)]);
  expect(codes(await plan({ rangeId, reset: {} }))).toEqual(['baseline.missing']);
  await aBaseline(gateway, rangeId, 'start');

  const told = await plan({ rangeId, reset: { baseline: 'start' } });

  expect(told).toMatchObject({ kind: 'range.reset', possible: true, steps: 5, estimatedSeconds: 26 });
  expect(told.reset).toEqual({
    baseline: 'start',
    mode: 'disk',
    nodes: [{ name: 'web-1', host: 'pve1', storage: 'local', power: 'running', probes: [] }],
  });

  await tenant.admin.post(`/ranges/${rangeId}/stop`);
  const busy = await plan({ rangeId, reset: { baseline: 'start' } });
  expect(busy.reasons).toMatchObject([{ code: 'range.busy', facts: { kind: 'range.stop' } }]);
});

test('the way to another revision is told: what is new, gone and changed, and what that takes', async () => {
  const { body, headers } = await tenant.admin.post<{ id: string }>('/blueprints', aDocument(uniqueName('grows')));
  const { rangeId } = await aReadyRange(gateway, tenant.admin, { blueprintId: body.id, siteId });
  const next = aDocument(uniqueName('grown'), 2);
  const [first, second] = next.nodes;
  const nodes = [{ ...first, resources: { cpus: 2, memoryMiB: 512 } }, second];
  await tenant.admin.send('PUT', `/blueprints/${body.id}`, {
    body: { ...next, nodes },
    headers: { 'if-match': headers.get('etag') ?? '' },
  });

  const told = await plan({ rangeId, revision: 2 });

  expect(told).toMatchObject({ kind: 'range.apply', possible: true });
  const changed = ['stop', 'snapshot', 'configure', 'start', 'ready', 'unsnapshot'];
  expect(told.steps).toBe(['ensure', ...changed, 'clone', 'configure', 'start', 'ready'].length);
  expect(told.estimatedSeconds).toBeGreaterThan(0);
  expect(told.changes).toEqual({
    nodes: {
      added: ['web-2'],
      removed: [],
      changed: [{ name: 'web-1', effect: 'restart', changes: [{ field: 'resources.cpus', from: 1, to: 2 }] }],
    },
    networks: { added: [], removed: [], changed: [] },
  });
  expect(told.deploy?.nodes.map(({ name }) => name)).toEqual(['web-2']);
  expect((await tenant.admin.post('/ranges/plan', { rangeId, revision: 3 })).status).toBe(404);
});

test('of another tenant’s ranges, blueprints and sites nothing is planned', async () => {
  const { rangeId } = await aReadyRange(gateway, tenant.admin, { blueprintId, siteId });
  const foreign = (await aTenant(gateway)).admin;
  const own = await aBlueprint(foreign);

  for (const body of [
    { rangeId, reset: {} },
    { rangeId, revision: 1 },
    { blueprintId },
    { blueprintId: own, siteId },
  ]) {
    expect([body, (await foreign.post('/ranges/plan', body)).status]).toEqual([body, 404]);
  }
});

test('a plan changes nothing at all', async () => {
  const fingerprint = async () => {
    const tables = Object.keys(TABLE_CLASSES);
    return Promise.all(
      tables.map((table) =>
        sql(gateway, `SELECT '${table}' AS "table", md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t`),
      ),
    );
  };
  const { rangeId } = await aReadyRange(gateway, tenant.admin, { blueprintId, siteId });
  const before = await fingerprint();

  await plan({ name: 'fresh', blueprintId, siteId });
  await plan({ document: aDocument('unstored', 5), siteId });
  await plan({ rangeId, reset: {} });

  expect(await fingerprint()).toEqual(before);
});

test.each([
  ['nothing', {}],
  ['two things to deploy', { blueprintId: '6f1c2f0e-7b7e-4a55-9d3c-0b8b2a0f8a10', document: {} }],
  ['a range and nothing to do with it', { rangeId: '6f1c2f0e-7b7e-4a55-9d3c-0b8b2a0f8a10' }],
  ['a range, a revision and a reset', { rangeId: '6f1c2f0e-7b7e-4a55-9d3c-0b8b2a0f8a10', revision: 1, reset: {} }],
  ['a reset of no range', { blueprintId: '6f1c2f0e-7b7e-4a55-9d3c-0b8b2a0f8a10', reset: {} }],
])('%s is refused', async (_, body) => {
  const { status, body: problem } = await tenant.admin.post('/ranges/plan', body);

  expect([status, problem['code']]).toEqual([400, 'request.invalid']);
});

test('a key that may not read blueprints may not plan', async () => {
  const client = await tenant.client('operator', ['range:*']);

  expect((await client.post('/ranges/plan', { blueprintId })).body['code']).toBe('auth.forbidden');
});

test('while ten thousand nodes are planned other requests are answered', async () => {
  const large = {
    schemaVersion: 1,
    name: uniqueName('large'),
    networks: [{ name: 'lan', cidr: '10.0.0.0/16' }],
    nodes: [{ name: 'ws', count: 10_000, template: 'debian-12', interfaces: [{ network: 'lan' }] }],
  };
  const { body } = await tenant.admin.post<{ id: string }>('/blueprints', large);
  const wide = await aSite(gateway, [tenant.id]);
  await anInventory(wide);
  await sql(gateway, `UPDATE site SET vm_id_first = 100000, vm_id_last = 200000 WHERE id = $1`, [wide]);
  await sql(gateway, `UPDATE site_host SET memory_mib = 99000000, memory_free_mib = 99000000 WHERE site_id = $1`, [
    wide,
  ]);
  await sql(gateway, `UPDATE site_storage SET free_gib = 99000000 WHERE site_id = $1`, [wide]);

  let planned: RangePlanView | undefined;
  const planning = plan({ blueprintId: body.id, siteId: wide }).then((told) => (planned = told));
  const waits: number[] = [];
  while (planned === undefined) {
    const begun = performance.now();
    await gateway.admin.get('/version');
    waits.push(performance.now() - begun);
  }
  await planning;

  expect(planned.deploy?.nodes).toHaveLength(10_000);
  expect(planned.possible).toBe(true);
  expect(Math.max(...waits)).toBeLessThan(500);
}, 30_000);
