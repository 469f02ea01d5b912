import type { NormalisedNode } from '../blueprint/normalised-blueprint';
import { assertNone, fitRange, poolRefusal, type SiteToFit } from './fit-range';

const aNode = (name: string, more: Partial<NormalisedNode> = {}): NormalisedNode => ({
  name,
  template: 'debian',
  os: 'linux',
  labels: {},
  resources: { cpus: 1, memoryMiB: 1_024 },
  interfaces: [],
  dependsOn: [],
  readiness: { guestAgent: false, timeoutSeconds: 300 },
  isolated: true,
  cloneMode: 'linked',
  ...more,
});
const SITE: SiteToFit = {
  inventoryAt: '2026-01-01T00:00:00Z',
  hosts: [{ name: 'h1', online: true, cpus: 8, memoryMiB: 8_192, memoryFreeMiB: 8_192 }],
  storages: [{ name: 'lvm', shared: false, hosts: ['h1'], freeGiB: 15, linkedClones: true }],
  templates: [{ name: 'debian', vmId: 900, host: 'h1', storage: 'lvm', shared: false, diskGiB: 10 }],
  used: [],
  hostReservedMiB: 0,
};
const codes = (...args: Parameters<typeof fitRange>) => fitRange(...args).refusals.map(({ code }) => code);

test('a range that fits has a place for each node and no refusal', () => {
  const { placements, refusals } = fitRange({ networks: [], nodes: [aNode('a'), aNode('b')] }, SITE);

  expect(placements.map(({ node, host }) => [node, host])).toEqual([
    ['a', 'h1'],
    ['b', 'h1'],
  ]);
  expect(refusals).toEqual([]);
});

test('everything that keeps a range from being made is told at once, and the others have their places', () => {
  const outward = { name: 'out', cidr: '10.0.0.0/24', egress: 'nat' } as const;
  const large = aNode('large', { resources: { cpus: 1, memoryMiB: 9_000 } });
  const nodes = [aNode('a'), large, aNode('amiga', { template: 'amiga' })];

  expect(codes({ networks: [outward], nodes }, SITE)).toEqual([
    'site.unsupported',
    'template.not_found',
    'capacity.insufficient',
  ]);
  expect(fitRange({ networks: [], nodes }, SITE).placements.map(({ node }) => node)).toEqual(['a']);
});

test('every network with an egress that no site offers is told at once', () => {
  const networks = (['none', 'nat', 'allow-list'] as const).map((egress, index) => {
    return { name: egress, cidr: `10.${index}.0.0/24`, egress };
  });

  expect(fitRange({ networks, nodes: [] }, SITE).refusals).toEqual([
    {
      code: 'site.unsupported',
      detail: 'Networks ask for an egress that the site does not offer: nat (nat), allow-list (allow-list).',
      facts: {
        networks: [
          { network: 'nat', egress: 'nat' },
          { network: 'allow-list', egress: 'allow-list' },
        ],
      },
    },
  ]);
});

test.each([
  ['vxlan', []],
  ['vlan', []],
  ['simple', ['site.misconfigured']],
  ['evpn', ['site.misconfigured']],
  [null, ['site.misconfigured']],
])('of VNets in a zone of type %s it says %j', (sdnZoneType, said) => {
  const site = { ...SITE, networkMode: 'sdn', sdnZone: 'ranges', sdnZoneType } as const;
  expect(codes({ networks: [], nodes: [] }, site)).toEqual(said);
});

test('before the first inventory nothing is said about room', () => {
  expect(codes({ networks: [], nodes: [aNode('a')] }, { ...SITE, inventoryAt: null })).toEqual([
    'site.inventory_missing',
  ]);
});

test('a full clone needs the whole disk, although the storage could link it', () => {
  const full = (name: string) => aNode(name, { cloneMode: 'full' });

  expect(fitRange({ networks: [], nodes: [full('a')] }, SITE).placements[0]?.mode).toBe('full');
  expect(codes({ networks: [], nodes: [full('a'), full('b')] }, SITE)).toEqual(['capacity.insufficient']);
});

test('the first refusal is what a deploy fails with', () => {
  const short = poolRefusal('vmid.pool_exhausted', 'VM ids', 3, 2);

  expect(() => assertNone([short])).toThrow('The range needs 3 VM ids; the site has 2 left.');
  expect(() => assertNone([poolRefusal('vmid.pool_exhausted', 'VM ids', 2, 2)])).not.toThrow();
});
