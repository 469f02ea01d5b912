import { randomUUID } from 'node:crypto';

import type { VmFacts } from '@orion/contracts';
import { waitFor } from '@orion/testing';

import { aNode, World } from './orchestrator.fixture';

let world: World;
let rangeId: string;
beforeAll(async () => {
  world = await World.start();
  const deployed = await world.deploy({ nodes: [aNode('dc', 5), aNode('ws', 6)] });
  await world.reaches(deployed.jobId, 'succeeded');
  ({ rangeId } = deployed);
});

const drifts = () =>
  world.rows<{ kind: string; node: string | null; detail: string }>(
    `SELECT kind, node, detail FROM site_drift ORDER BY vm_id`,
  );

test('a site that is as its ranges say has no drift', async () => {
  await world.takeInventory(await world.vmsOf(rangeId));
  expect(await drifts()).toEqual([]);
});

test.each<[promise: string, change: Partial<VmFacts>, kind: string, words: string]>([
  ['stopped by hand', { state: 'stopped' }, 'changed', 'is stopped, should be running'],
  ['moved by hand', { host: 'gamma' }, 'changed', 'lives there, should live on'],
  ['given other memory', { memoryMiB: 1024 }, 'changed', 'has 1024 MiB of memory, should have 512 MiB'],
  ['put on another network', { nics: [{ bridge: 'vmbr1', vlanTag: 999 }] }, 'changed', 'other networks'],
])('a VM that was %s has changed, and is told in words', async (_, change, kind, words) => {
  const [dc, ws] = await world.vmsOf(rangeId);

  await world.takeInventory([{ ...dc, ...change }, { ...ws }]);

  expect(await drifts()).toEqual([{ kind, node: 'dc', detail: expect.stringContaining(words) }]);
});

test('a VM with the mark of another node of the range is foreign', async () => {
  const [dc, ws] = await world.vmsOf(rangeId);
  await world.takeInventory([{ ...dc, mark: ws?.mark }, { ...ws }]);
  expect(await drifts()).toEqual([{ kind: 'foreign', node: 'dc', detail: expect.stringContaining('something else') }]);
});

test('what differs in another way than before is told again; what differs no more is gone', async () => {
  const [dc, ws] = await world.vmsOf(rangeId);
  const told = async () => (await world.events(rangeId)).filter((type) => type === 'range.drift').length;
  await world.takeInventory([{ ...dc, state: 'stopped' }, { ...ws }]);
  const before = await told();

  await world.takeInventory([{ ...dc, state: 'stopped' }, { ...ws }]);
  expect(await told()).toBe(before);
  await world.takeInventory([{ ...dc, state: 'paused' }, { ...ws }]);
  expect(await told()).toBe(before + 1);
  expect(await drifts()).toEqual([expect.objectContaining({ detail: expect.stringContaining('is paused') })]);

  await world.takeInventory(await world.vmsOf(rangeId));
  expect(await drifts()).toEqual([]);
});

test('of VMs on a host that is down nothing is claimed, and no tag is given back meanwhile', async () => {
  const [dc, ws] = await world.vmsOf(rangeId);
  const unreadable = { state: 'unknown', name: '', memoryMiB: 0, nics: [] } as const;
  await world.sql.query(
    `INSERT INTO vlan_allocation (site_id, vlan_tag, tenant_id, range_id, released_at)
     VALUES ($1, 150, $2, $3, now() - interval '1 minute')`,
    [world.siteId, world.tenantId, rangeId],
  );
  const released = () => world.rows(`SELECT FROM vlan_allocation WHERE vlan_tag = 150`);

  await world.takeInventory([{ ...dc, ...unreadable }, { ...ws }]);
  expect([await drifts(), (await released()).length]).toEqual([[], 1]);

  await world.takeInventory([{ ...dc }, { ...ws }]);
  expect((await released()).length).toBe(0);
});

test('a node whose outcome is unknown is told with what there is', async () => {
  await world.sql.query(`UPDATE range_node SET state = 'unknown' WHERE range_id = $1 AND name = 'ws'`, [rangeId]);

  await world.takeInventory(await world.vmsOf(rangeId));

  expect(await drifts()).toEqual([
    { kind: 'changed', node: 'ws', detail: expect.stringContaining('could not be observed') },
  ]);
});

test('a clone that proves a template is an orphan only once its job has ended', async () => {
  world.agent.script = ({ kind }) =>
    kind === 'template.boot' ? 'hold' : { status: 'succeeded', result: { findings: [] } };
  const jobId = await world.request('site.check', null, { templates: 'boot' });
  const boots = await waitFor(() => {
    const held = world.agent.of('template.boot').filter((command) => command.jobId === jobId);
    return held.length === 3 ? held : undefined;
  });
  const [boot] = boots as [(typeof boots)[0]];
  const vmId = Number(boot.target.slice('vm:'.length));
  const clone = {
    vmId,
    host: 'alpha',
    name: 'template-901',
    state: 'running',
    template: false,
    memoryMiB: 512,
    nics: [],
  };
  const look = async () => world.takeInventory([...(await world.vmsOf(rangeId)), { ...clone, mark: boot.mark }]);
  const orphans = async () => (await drifts()).filter(({ kind }) => kind === 'orphan');

  await look();
  expect(await orphans()).toEqual([]);

  for (const each of boots) await world.agent.end(each, { status: 'succeeded', result: { findings: [] } });
  await world.reaches(jobId, 'succeeded');
  await look();
  expect(await orphans()).toHaveLength(1);
});

test('a site of 10,000 VMs is compared within the time of a transaction, also when every one differs', async () => {
  await world.sql.query(
    `INSERT INTO range_node (id, tenant_id, range_id, site_id, ordinal, name, state, host, storage, vm_id, memory_mib, spec,
                             interfaces, changed_at)
     SELECT gen_random_uuid(), tenant_id, range_id, site_id, 10 + n, 'many-' || n, 'running', host, storage, 10000 + n,
            memory_mib, spec, interfaces, now() - interval '1 minute'
       FROM range_node, generate_series(1, 10000) n WHERE range_id = $1 AND name = 'dc'`,
    [rangeId],
  );
  const vms = await world.vmsOf(rangeId);

  await tellInPages(vms.map((vm) => ({ ...vm, state: 'running' })));
  expect(await drifts()).toHaveLength(1);
  await tellInPages(vms.map((vm) => ({ ...vm, state: 'stopped' })));

  expect(await drifts()).toHaveLength(vms.length);
});

/** A message holds some hundreds of VMs. One whose answer does not come in time is sent again, as agents do. */
async function tellInPages(vms: readonly VmFacts[]): Promise<void> {
  const size = 500;
  const pages = Math.ceil(vms.length / size);
  const inventory = { inventoryId: randomUUID(), takenAt: new Date().toISOString(), pages };
  for (let page = 1; page <= pages; page++) {
    const some = vms.slice((page - 1) * size, page * size);
    await waitFor(() => world.agent.inventory({ hosts: [], storages: [], vms: some, page, ...inventory }), {
      timeoutMs: 25_000,
    });
  }
}
