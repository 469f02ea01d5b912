import fc from 'fast-check';

import { placeNodes } from './place-nodes';
import type { HostRoom, NodeToPlace, Placement, PlacementRequest, StorageRoom, TemplateCopy } from './placement';

const aHost = (name: string, more: Partial<HostRoom> = {}): HostRoom => ({
  name,
  online: true,
  cpus: 8,
  memoryMiB: 8_192,
  memoryFreeMiB: 8_192,
  ...more,
});
const aNode = (name: string, more: Partial<NodeToPlace> = {}): NodeToPlace => ({
  name,
  template: 'debian',
  cpus: 1,
  memoryMiB: 1_024,
  ...more,
});
const SHARED: StorageRoom = {
  name: 'ceph',
  shared: true,
  hosts: ['h1', 'h2', 'h3'],
  freeGiB: 1_000,
  linkedClones: true,
};
const LOCAL: StorageRoom = { name: 'lvm', shared: false, hosts: ['h1', 'h2', 'h3'], freeGiB: 100, linkedClones: true };
const onShared: TemplateCopy = { name: 'debian', vmId: 900, host: 'h1', storage: 'ceph', shared: true, diskGiB: 10 };
const onLocal = (host: string, vmId: number): TemplateCopy => ({
  name: 'debian',
  vmId,
  host,
  storage: 'lvm',
  shared: false,
  diskGiB: 10,
});

const place = (more: Partial<PlacementRequest>) =>
  placeNodes({
    nodes: [aNode('a')],
    hosts: [aHost('h1'), aHost('h2'), aHost('h3')],
    storages: [SHARED, LOCAL],
    templates: [onShared],
    used: new Map(),
    hostReservedMiB: 0,
    ...more,
  });
const hostsOf = (more: Partial<PlacementRequest>) => place(more).placements?.map((placement) => placement.host);
const detailOf = (more: Partial<PlacementRequest>) => place(more).shortfall?.detail;

describe('hosts', () => {
  test('the one with most free memory comes first, ties by name', () => {
    expect(hostsOf({ nodes: ['a', 'b', 'c', 'd'].map((name) => aNode(name)) })).toEqual(['h1', 'h2', 'h3', 'h1']);
    expect(hostsOf({ hosts: [aHost('h1', { memoryFreeMiB: 4_000 }), aHost('h2', { memoryFreeMiB: 6_000 })] })).toEqual([
      'h2',
    ]);
  });

  test('that are offline, or whose CPUs are not known or too few, take nothing', () => {
    const hosts = [aHost('h1', { cpus: 2 }), aHost('h2', { cpus: 0 }), aHost('h3', { online: false })];
    expect(hostsOf({ hosts, nodes: [aNode('a', { cpus: 2 })] })).toEqual(['h1']);
    expect(detailOf({ hosts, nodes: [aNode('a', { cpus: 4 })] })).toBe('a needs 4 CPUs; the strongest host h1 has 2.');
  });

  test('keep what stopped nodes of other ranges will need again', () => {
    const used = new Map([['h1', { reservedMiB: 4_096, runningMiB: 0 }]]);
    expect(hostsOf({ used, nodes: [aNode('a')] })).toEqual(['h2']);
  });

  test('are not charged twice for nodes that run', () => {
    const hosts = [aHost('h1', { memoryFreeMiB: 4_096 })];
    const used = new Map([['h1', { reservedMiB: 4_096, runningMiB: 4_096 }]]);
    expect(hostsOf({ hosts, used, nodes: [aNode('a', { memoryMiB: 4_096 })] })).toEqual(['h1']);
  });

  test('are filled one by one when an even spread leaves no room for the rest', () => {
    const hosts = [aHost('h1', { memoryFreeMiB: 6_144 }), aHost('h2', { memoryFreeMiB: 4_096 })];
    const nodes = [3_072, 2_048, 2_048, 2_048, 1_024].map((memoryMiB, i) => aNode(`n${i}`, { memoryMiB }));
    expect(place({ hosts, nodes }).placements).toHaveLength(5);
  });
});

describe('templates', () => {
  test('on local storage are cloned where they are', () => {
    const templates = [onLocal('h2', 902), onLocal('h3', 903)];
    const { placements } = place({ templates, nodes: [aNode('a'), aNode('b')] });
    expect(placements).toEqual<Placement[]>([
      {
        node: 'a',
        host: 'h2',
        storage: 'lvm',
        storageShared: false,
        templateVmId: 902,
        templateHost: 'h2',
        mode: 'linked',
        diskGiB: 1,
      },
      {
        node: 'b',
        host: 'h3',
        storage: 'lvm',
        storageShared: false,
        templateVmId: 903,
        templateHost: 'h3',
        mode: 'linked',
        diskGiB: 1,
      },
    ]);
  });

  test('on shared storage are cloned to any host of it', () => {
    expect(place({ nodes: [aNode('a'), aNode('b')] }).placements?.[1]).toMatchObject({
      host: 'h2',
      templateHost: 'h1',
      templateVmId: 900,
    });
  });

  test('that the site does not have are named, before any room is looked at', () => {
    const { shortfall } = place({ nodes: [aNode('a', { template: 'amiga', memoryMiB: 1e9 })] });
    expect(shortfall).toMatchObject({
      code: 'template.not_found',
      detail: 'The site has no template amiga.',
      nodesWithoutPlace: 1,
    });
  });

  test('whose hosts are all offline are no missing template', () => {
    const hosts = [aHost('h1', { online: false }), aHost('h2')];
    expect(place({ hosts }).shortfall).toMatchObject({
      code: 'capacity.insufficient',
      detail: 'a needs a host with the template debian; no host that is online can clone it.',
    });
  });
});

describe('disks', () => {
  const full = { ...SHARED, linkedClones: false };

  test('full clones take the whole disk, linked ones a share of it', () => {
    const storages = [{ ...full, freeGiB: 30 }];
    const nodes = ['a', 'b', 'c', 'd'].map((name) => aNode(name));
    expect(detailOf({ storages, nodes })).toBe('d needs 10 GiB of disk; the storage ceph on h1 has 0 GiB left.');
    expect(place({ storages: [{ ...SHARED, freeGiB: 30 }], nodes }).placements).toHaveLength(4);
    expect(place({ storages, nodes: [aNode('a', { diskGiB: 40 })] }).shortfall?.missing[0]).toMatchObject({
      resource: 'disk',
      needed: 40,
    });
  });

  test('are copied whole when the node asks for that', () => {
    const storages = [{ ...SHARED, freeGiB: 15 }];
    const nodes = ['a', 'b'].map((name) => aNode(name, { cloneMode: 'full' }));
    expect(place({ storages, nodes: nodes.slice(1) }).placements?.[0]).toMatchObject({ mode: 'full' });
    expect(place({ storages, nodes }).shortfall?.missing[0]).toMatchObject({
      resource: 'disk',
      needed: 10,
      available: 5,
    });
  });

  test('of one local storage name are counted on each host apart', () => {
    const storages = [{ ...LOCAL, linkedClones: false, freeGiB: 10 }];
    const templates = ['h1', 'h2', 'h3'].map((host, i) => onLocal(host, 901 + i));
    expect(hostsOf({ storages, templates, nodes: ['a', 'b', 'c'].map((name) => aNode(name)) })).toEqual([
      'h1',
      'h2',
      'h3',
    ]);
  });
});

test('a shortfall says what is missing where, and how many nodes have no place', () => {
  const hosts = [aHost('h1', { memoryFreeMiB: 2_048 }), aHost('h2', { memoryFreeMiB: 3_072 })];
  const { shortfall } = place({
    hosts,
    hostReservedMiB: 1_024,
    nodes: ['ws-1', 'ws-2'].map((name) => aNode(name, { memoryMiB: 4_096 })),
  });
  expect(shortfall).toMatchObject({
    code: 'capacity.insufficient',
    detail: 'ws-1 needs 4096 MiB of memory; the roomiest host h2 has 2048 MiB left; nodes without a place besides: 1.',
    nodesWithoutPlace: 2,
  });
  expect(shortfall?.missing[0]).toMatchObject({
    node: 'ws-1',
    resource: 'memory',
    needed: 4_096,
    available: 2_048,
    where: 'h2',
  });
});

test('10,000 nodes on 32 hosts have their places within a second', () => {
  const hosts = Array.from({ length: 32 }, (_, i) =>
    aHost(`h${i}`, { memoryMiB: 1_000_000, memoryFreeMiB: 1_000_000, cpus: 128 }),
  );
  const storages = [{ ...SHARED, hosts: hosts.map(({ name }) => name), freeGiB: 1e6 }];
  const nodes = Array.from({ length: 10_000 }, (_, i) => aNode(`n${i}`, { memoryMiB: 512 * (1 + (i % 4)) }));
  const began = performance.now();
  expect(place({ hosts, storages, nodes }).placements).toHaveLength(10_000);
  expect(performance.now() - began).toBeLessThan(1_000);
});

const sites = fc.record({
  hosts: fc
    .array(fc.record({ memoryFreeMiB: fc.nat(16_384), cpus: fc.nat(8), online: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    })
    .map((rooms) => rooms.map((room, i) => aHost(`h${i + 1}`, { ...room, memoryMiB: 16_384 }))),
  nodes: fc
    .array(fc.record({ memoryMiB: fc.integer({ min: 1, max: 8_192 }), cpus: fc.integer({ min: 1, max: 8 }) }), {
      maxLength: 15,
    })
    .map((sizes) => sizes.map((size, i) => aNode(`n${i}`, size))),
  hostReservedMiB: fc.nat(2_048),
});

test('a placement never gives a host more than it has, and the same request gets the same answer', () => {
  fc.assert(
    fc.property(sites, (site) => {
      const templates = site.hosts.map(({ name }, i) => onLocal(name, 900 + i));
      const storages = [{ ...LOCAL, hosts: site.hosts.map(({ name }) => name) }];
      const result = place({ ...site, templates, storages });
      expect(place({ ...site, templates, storages, hosts: [...site.hosts].reverse() })).toEqual(result);
      for (const host of result.placements ? site.hosts : []) {
        const here = site.nodes.filter((_, i) => result.placements?.[i]?.host === host.name);
        const memory = here.reduce((sum, node) => sum + node.memoryMiB, 0);
        expect(memory === 0 || memory <= host.memoryFreeMiB - site.hostReservedMiB).toBe(true);
        expect(here.every((node) => host.online && node.cpus <= host.cpus)).toBe(true);
      }
    }),
  );
});
