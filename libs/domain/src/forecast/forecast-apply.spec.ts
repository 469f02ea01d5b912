import type { NormalisedNode } from '../blueprint/normalised-blueprint';
import type { SiteAhead } from './forecast';
import { forecastApply } from './forecast-apply';

const aNode = (name: string, memoryMiB: number, template = 'debian'): NormalisedNode => ({
  ...{ name, template, os: 'linux', labels: {}, resources: { cpus: 1, memoryMiB } },
  ...{ interfaces: [{ network: 'lan', address: '10.0.0.2' }], dependsOn: [] },
  ...{ readiness: { guestAgent: false, timeoutSeconds: 300 }, isolated: false, cloneMode: 'linked' },
});
const LAN = { name: 'lan', cidr: '10.0.0.0/24', egress: 'none' } as const;
const range = (...nodes: readonly NormalisedNode[]) => ({ networks: [LAN], nodes });
const copy = (name: string, vmId: number) => ({ name, vmId, host: 'h1', storage: 'lvm', shared: false, diskGiB: 8 });
/** A host of 8 GiB, of which the range holds 6: 4 run, 2 are stopped. */
const SITE: SiteAhead = {
  inventoryAt: '2026-01-01T00:00:00Z',
  hosts: [{ name: 'h1', online: true, cpus: 8, memoryMiB: 8_192, memoryFreeMiB: 4_096 }],
  storages: [{ name: 'lvm', shared: false, hosts: ['h1'], freeGiB: 100, linkedClones: true }],
  templates: [copy('debian', 900), copy('ubuntu', 901)],
  used: [{ host: 'h1', reservedMiB: 6_144, runningMiB: 4_096 }],
  ...{ hostReservedMiB: 0, networkMode: 'vlan', bridge: 'vmbr1', slots: { perHost: 4, perStorage: 4 } },
  ...{ vmIdsFree: 1, networksFree: 0, measured: [] },
};
const BEFORE = range(aNode('on', 4_096), aNode('off', 2_048));
const HELD = [
  { name: 'on', host: 'h1', memoryMiB: 4_096, running: true, storage: 'lvm', storageShared: false },
  { name: 'off', host: 'h1', memoryMiB: 2_048, running: false, storage: 'lvm', storageShared: false },
];
const codes = (after: ReturnType<typeof range>) =>
  forecastApply(BEFORE, after, HELD, 'running', SITE).reasons.map(({ code }) => code);

test('what is made anew has the room of what it takes the place of', () => {
  const after = range(aNode('on', 6_000, 'ubuntu'), aNode('off', 2_048));
  const told = forecastApply(BEFORE, after, HELD, 'running', SITE);

  expect(told.reasons).toEqual([]);
  expect(told.nodes).toMatchObject([{ name: 'on', host: 'h1', templateVmId: 901 }]);
  // Until everything is done the range could return to it.
  expect(told.needs.vmIds).toEqual({ needed: 1, free: 1 });
  expect(told.steps).toBe(
    ['network.ensure', 'vm.stop', 'vm.clone', 'vm.configure', 'vm.start', 'vm.ready', 'vm.destroy'].length,
  );
  expect(told.expectedMs).toBeGreaterThan(20_000);
});

test('a node that goes makes room, and a new one takes an id', () => {
  const after = range(aNode('on', 4_096), aNode('new', 4_000));

  expect(codes(after)).toEqual([]);
  expect(codes(range(...BEFORE.nodes, aNode('new', 4_000)))).toEqual(['capacity.insufficient']);
  expect(codes(range(aNode('on', 4_096), aNode('new', 1_000), aNode('more', 1_000)))).toEqual(['vmid.pool_exhausted']);
});

test('a node that grows needs the room where it is', () => {
  expect(codes(range(aNode('on', 6_000), aNode('off', 2_048)))).toEqual([]);
  expect(codes(range(aNode('on', 6_500), aNode('off', 2_048)))).toEqual(['capacity.insufficient']);
});

test('networks that stay take no tag again, new ones do', () => {
  const more = { ...range(...BEFORE.nodes), networks: [LAN, { ...LAN, name: 'dmz', cidr: '10.1.0.0/24' }] };

  expect(codes(BEFORE)).toEqual([]);
  expect(forecastApply(BEFORE, more, HELD, 'running', SITE).reasons.map(({ code }) => code)).toEqual([
    'network.pool_exhausted',
  ]);
});
