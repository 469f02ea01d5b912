import type { CommandEnvelope, SdnFacts, VnetFacts } from '@orion/contracts';

import { aNode, nodes, OFFICE, World } from './orchestrator.fixture';

interface NetworkRow {
  readonly bridge: string;
  readonly vlan_tag: number;
}

let world: World;
let installation: string;
beforeEach(async () => {
  world = await World.start();
  await world.sql.query(
    `UPDATE site SET network_mode = 'sdn', sdn_zone = 'ranges', bridge = NULL, vlan_first = 5000, vlan_last = 16777215`,
  );
  [{ id: installation } = { id: '' }] = await world.rows<{ id: string }>(`SELECT id FROM installation`);
  await world.takeInventory([], withVnets());
});

function withVnets(...vnets: readonly VnetFacts[]): SdnFacts {
  return { zones: [{ name: 'ranges', type: 'vxlan' }], vnets };
}

const networkOf = async (rangeId: string): Promise<NetworkRow> => {
  const [row] = await world.rows<NetworkRow>(`SELECT bridge, vlan_tag FROM range_network WHERE range_id = $1`, [
    rangeId,
  ]);
  return row ?? { bridge: '', vlan_tag: 0 };
};
const deployed = async (): Promise<{ readonly rangeId: string; readonly network: NetworkRow }> => {
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(1) });
  await world.reaches(jobId, 'succeeded');
  return { rangeId, network: await networkOf(rangeId) };
};
const taken = async () => ({
  names: (await world.rows<{ vnet: string }>(`SELECT vnet FROM vnet_allocation`)).map(({ vnet }) => vnet),
  tags: (await world.rows<{ tag: number }>(`SELECT vlan_tag AS tag FROM vlan_allocation`)).map(({ tag }) => tag),
});
const sent = <K extends CommandEnvelope['kind']>(kind: K) =>
  world.agent.of(kind).map(({ payload }) => payload as CommandEnvelope<K>['payload']);

test('each network gets a VNet of its own; its steps name it and say for which range it is', async () => {
  const networks = [OFFICE, { ...OFFICE, name: 'dmz', cidr: '10.20.1.0/24' }];
  const { rangeId, jobId } = await world.deploy({ networks, nodes: [aNode('dc', 5)] });
  await world.reaches(jobId, 'succeeded');

  const ensured = sent('network.ensure');
  expect(ensured).toHaveLength(2);
  expect(new Set(ensured.map(({ bridge }) => bridge)).size).toBe(2);
  for (const { bridge, sdn, vlanTag } of ensured) {
    expect(bridge).toMatch(/^[a-z][a-z0-9]{7}$/);
    expect([5_000, 5_001]).toContain(vlanTag);
    expect(sdn).toEqual({ zone: 'ranges', rangeId });
  }
  const office = ensured.find(({ name }) => name === 'office');
  expect(sent('vm.configure')[0]?.nics).toEqual([expect.objectContaining({ bridge: office?.bridge })]);
  expect(sent('vm.configure')[0]?.nics[0]).not.toHaveProperty('vlanTag');
});

test('a tag that a VNet of the zone has is not taken; one of another zone is', async () => {
  const vnet = { name: 'theirs', zone: 'ranges', tag: 5_000 };
  await world.takeInventory([], withVnets(vnet, { name: 'others', zone: 'office', tag: 5_001 }));

  expect((await deployed()).network.vlan_tag).toBe(5_001);
});

test('name and tag are given back only when a picture of the zone shows neither VNet nor NIC', async () => {
  const { rangeId, network } = await deployed();
  await world.reaches(await world.destroy(rangeId), 'succeeded');
  const held = { names: [network.bridge], tags: [network.vlan_tag] };
  const vm = { vmId: 50, host: 'alpha', name: 'x', state: 'stopped', template: false, memoryMiB: 1 };

  await world.takeInventory([], withVnets({ name: network.bridge, zone: 'ranges', tag: network.vlan_tag }));
  expect(await taken()).toEqual(held);
  await world.takeInventory([{ ...vm, nics: [{ bridge: network.bridge }] }], withVnets());
  expect((await taken()).names).toEqual(held.names);
  await world.takeInventory([{ ...vm, state: 'unknown', nics: [] }], withVnets());
  expect((await taken()).names).toEqual(held.names);

  await world.takeInventory([], withVnets());
  expect(await taken()).toEqual({ names: [], tags: [] });
});

test.each([
  ['does not tell of networks', undefined],
  ['does not show the zone', { zones: [], vnets: [] }],
])('a picture that %s gives nothing back', async (_, sdn) => {
  const { rangeId, network } = await deployed();
  await world.reaches(await world.destroy(rangeId), 'succeeded');

  await world.takeInventory([], sdn);

  expect(await taken()).toEqual({ names: [network.bridge], tags: [network.vlan_tag] });
});

test.each([
  ['is not there', []],
  ['is simple, and so ends at each host', [{ name: 'ranges', type: 'simple' }]],
  ['routes', [{ name: 'ranges', type: 'evpn' }]],
])('nothing is made when the zone %s', async (_, zones) => {
  await world.takeInventory([], { zones, vnets: [] });
  const { jobId } = await world.deploy({ nodes: nodes(1) });

  expect((await world.reaches(jobId, 'failed')).error?.code).toBe('site.misconfigured');
  expect(world.agent.commands).toEqual([]);
});

test('a VNet with our mark that no range has is an orphan of the site, until it is gone or somebody has it', async () => {
  const { network, rangeId } = await deployed();
  const mark = { installation, rangeId, network: 'office' };
  const own = { name: network.bridge, zone: 'ranges', tag: network.vlan_tag, mark };
  const lost = { ...own, name: 'olost', tag: 9_999 };
  const foreign = { ...own, name: 'other', tag: 9_998, mark: { ...mark, installation: 'another' } };
  const orphans = () => world.rows<{ name: string; detail: string }>(`SELECT name, detail FROM site_vnet_orphan`);

  await world.takeInventory(await world.vmsOf(rangeId), withVnets(own, lost, foreign));
  expect(await orphans()).toEqual([{ name: 'olost', detail: expect.stringContaining(`office of range ${rangeId}`) }]);

  await world.takeInventory(await world.vmsOf(rangeId), withVnets(own, foreign));
  expect(await orphans()).toEqual([]);

  await world.reaches(await world.destroy(rangeId), 'succeeded');
  await world.takeInventory([], withVnets(own));
  expect((await orphans()).map(({ name }) => name)).toEqual([own.name]);
});

test('a VM on the VNet of its network is no drift, one on another VNet is', async () => {
  const { rangeId, network } = await deployed();
  const [vm] = await world.vmsOf(rangeId);
  const kinds = async () => (await world.rows<{ kind: string }>(`SELECT kind FROM site_drift`)).map(({ kind }) => kind);

  await world.takeInventory([{ ...vm, nics: [{ bridge: network.bridge }] }], withVnets());
  expect(await kinds()).toEqual([]);
  await world.takeInventory([{ ...vm, nics: [{ bridge: 'oanother' }] }], withVnets());
  expect(await kinds()).toEqual(['changed']);
});

test('what a guest reports of each card is kept', async () => {
  const interfaces = [{ mac: 'bc:24:11:00:00:01', addresses: ['10.20.0.10/24', 'fe80::1/64'] }];
  world.agent.script = ({ kind }) => ({
    status: 'succeeded',
    result: kind === 'vm.ready' ? { addresses: ['10.20.0.10/24', 'fe80::1/64'], interfaces } : {},
  });
  const { rangeId } = await deployed();

  expect(await world.rows(`SELECT observed_interfaces FROM range_node WHERE range_id = $1`, [rangeId])).toEqual([
    { observed_interfaces: interfaces },
  ]);
});

test('a range that was made on a bridge keeps it when its site goes over to VNets', async () => {
  await world.sql.query(`UPDATE site SET network_mode = 'vlan', bridge = 'vmbr1', vlan_first = 100, vlan_last = 199`);
  const { rangeId } = await deployed();
  await world.sql.query(`UPDATE site SET network_mode = 'sdn', vlan_first = 5000, vlan_last = 16777215`);

  await world.reaches(await world.destroy(rangeId), 'succeeded');

  expect(sent('network.remove')).toEqual([{ name: 'office', bridge: 'vmbr1', vlanTag: 100 }]);
});
