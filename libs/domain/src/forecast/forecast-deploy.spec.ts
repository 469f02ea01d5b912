import fc from 'fast-check';

import type { NormalisedNode } from '../blueprint/normalised-blueprint';
import { fitRange } from '../placement';
import type { SiteAhead } from './forecast';
import { forecastDeploy } from './forecast-deploy';
import { warningsOf } from './forecast-warnings';

const aNode = (name: string, more: Partial<NormalisedNode> = {}): NormalisedNode => ({
  name,
  template: 'debian',
  os: 'linux',
  labels: {},
  resources: { cpus: 2, memoryMiB: 1_024 },
  interfaces: [{ network: 'lan', address: '10.0.0.2' }],
  dependsOn: [],
  readiness: { guestAgent: false, timeoutSeconds: 300 },
  isolated: false,
  cloneMode: 'linked',
  ...more,
});
const LAN = { name: 'lan', cidr: '10.0.0.0/24', egress: 'none' } as const;
const SITE: SiteAhead = {
  inventoryAt: '2026-01-01T00:00:00Z',
  hosts: ['h1', 'h2'].map((name) => ({ name, online: true, cpus: 8, memoryMiB: 8_192, memoryFreeMiB: 8_192 })),
  storages: [{ name: 'ceph', shared: true, hosts: ['h1', 'h2'], freeGiB: 100, linkedClones: true }],
  templates: [{ name: 'debian', vmId: 900, host: 'h1', storage: 'ceph', shared: true, diskGiB: 20 }],
  used: [],
  hostReservedMiB: 1_024,
  networkMode: 'vlan',
  bridge: 'vmbr1',
  slots: { perHost: 1, perStorage: 8 },
  vmIdsFree: 10,
  networksFree: 5,
  measured: [],
};

test('a deploy is told with its places, what it takes of each host and storage, and how long it lasts', () => {
  const forecast = forecastDeploy({ networks: [LAN], nodes: [aNode('a'), aNode('b', { cloneMode: 'full' })] }, SITE);

  expect(forecast.nodes.map(({ name, host, cloneMode, diskGiB }) => [name, host, cloneMode, diskGiB])).toEqual([
    ['a', 'h1', 'linked', 2],
    ['b', 'h2', 'full', 20],
  ]);
  expect(forecast.networks).toEqual([{ ...LAN, gateway: null, mode: 'vlan', bridge: 'vmbr1' }]);
  expect(forecast.needs).toEqual({
    vmIds: { needed: 2, free: 10 },
    networks: { needed: 1, free: 5 },
    hosts: ['h1', 'h2'].map((host) => ({
      host,
      nodes: 1,
      memoryMiB: { needed: 1_024, free: 7_168 },
      cpus: { needed: 2, ofHost: 8 },
    })),
    storages: [{ storage: 'ceph', host: null, nodes: 2, diskGiB: { needed: 22, free: 100 } }],
  });
  // A full clone takes a minute, then 1 s, 2 s and 20 s.
  expect([forecast.steps, forecast.expectedMs, forecast.reasons]).toEqual([9, 83_000, []]);
});

test('measured times are those that the estimate rests on', () => {
  const measured = [{ kind: 'vm.ready' as const, host: null, fullClone: false, medianMs: 100_000 }];

  expect(forecastDeploy({ networks: [LAN], nodes: [aNode('a')] }, { ...SITE, measured }).expectedMs).toBe(107_000);
});

test('every reason is told at once, and nothing is estimated', () => {
  const nodes = [aNode('a'), aNode('b', { template: 'amiga' }), aNode('c', { dependsOn: ['b'] })];
  const out = { ...LAN, name: 'out', egress: 'nat' } as const;
  const forecast = forecastDeploy({ networks: [LAN, out], nodes }, { ...SITE, vmIdsFree: 2, networksFree: 1 });

  expect(forecast.reasons.map(({ code }) => code)).toEqual([
    'site.unsupported',
    'template.not_found',
    'vmid.pool_exhausted',
    'network.pool_exhausted',
  ]);
  expect(forecast.nodes.map(({ name }) => name)).toEqual(['a', 'c']);
  expect(forecast.expectedMs).toBeNull();
});

test('whatever the site and the blueprint are, a forecast places as a deploy does', () => {
  const size = fc.integer({ min: 1, max: 6_000 });
  fc.assert(
    fc.property(
      fc.array(size, { minLength: 1, maxLength: 12 }),
      fc.array(size, { minLength: 1, maxLength: 4 }),
      (sizes, rooms) => {
        const blueprint = {
          networks: [LAN],
          nodes: sizes.map((memoryMiB, i) => aNode(`n${i}`, { resources: { cpus: 1, memoryMiB } })),
        };
        const hosts = rooms.map((memoryFreeMiB, i) => ({
          ...SITE.hosts[0],
          name: `h${i + 1}`,
          online: true,
          cpus: 8,
          memoryMiB: 8_192,
          memoryFreeMiB,
        }));
        const site = { ...SITE, hosts, vmIdsFree: 20 };

        const forecast = forecastDeploy(blueprint, site);
        const deploy = fitRange(blueprint, site);

        expect(forecast.reasons).toEqual(deploy.refusals);
        expect(forecast.nodes.map(({ name, host }) => [name, host])).toEqual(
          deploy.placements.map(({ node, host }) => [node, host]),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('what one should know is told: an old picture, no agent, no snapshots, nothing measured, others at work', () => {
  const condition = { agentState: 'online', inventoryAgeMs: 60_000, jobsRunning: 0, jobsPending: 0, measured: true };
  const { nodes } = forecastDeploy({ networks: [LAN], nodes: [aNode('a')] }, SITE);
  const codes = (more: Partial<Parameters<typeof warningsOf>[1]>) =>
    warningsOf(nodes, { ...condition, storages: [{ name: 'ceph', snapshots: true }], ...more }).map(({ code }) => code);

  expect(codes({})).toEqual([]);
  expect(codes({ storages: [{ name: 'other', snapshots: false }] })).toEqual([]);
  expect(
    codes({
      agentState: 'offline',
      inventoryAgeMs: 600_000,
      jobsRunning: 2,
      measured: false,
      storages: [{ name: 'ceph', snapshots: false }],
    }),
  ).toEqual(['inventory.old', 'agent.not_online', 'snapshot.impossible', 'estimate.unmeasured', 'site.occupied']);
});
