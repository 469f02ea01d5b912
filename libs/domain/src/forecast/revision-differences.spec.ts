import type { NormalisedNode } from '../blueprint/normalised-blueprint';
import { revisionDifferences, type ChangeEffect } from './revision-differences';

const aNode = (name: string, more: Partial<NormalisedNode> = {}): NormalisedNode => ({
  name,
  template: 'debian',
  os: 'linux',
  labels: { b: '1', a: '2' },
  resources: { cpus: 1, memoryMiB: 1_024, diskGiB: 20 },
  interfaces: [{ network: 'lan', address: '10.0.0.2' }],
  dependsOn: [],
  readiness: { guestAgent: false, timeoutSeconds: 300 },
  isolated: false,
  cloneMode: 'linked',
  ...more,
});
const LAN = { name: 'lan', cidr: '10.0.0.0/24', egress: 'none' } as const;

test('nodes and networks that came, went or changed are told by their names', () => {
  const before = { networks: [LAN, { ...LAN, name: 'old' }], nodes: [aNode('same'), aNode('gone'), aNode('larger')] };
  const larger = aNode('larger', { resources: { cpus: 4, memoryMiB: 1_024, diskGiB: 20 } });
  const after = {
    networks: [
      { ...LAN, gateway: '10.0.0.1' },
      { ...LAN, name: 'new' },
    ],
    nodes: [aNode('same', { labels: { a: '2', b: '1' } }), larger, aNode('fresh')],
  };

  expect(revisionDifferences(before, after)).toEqual({
    nodes: {
      added: ['fresh'],
      removed: ['gone'],
      changed: [{ name: 'larger', effect: 'restart', changes: [{ field: 'resources.cpus', from: 1, to: 4 }] }],
    },
    networks: {
      added: ['new'],
      removed: ['old'],
      changed: [{ name: 'lan', changes: [{ field: 'gateway', from: undefined, to: '10.0.0.1' }] }],
    },
  });
});

test.each<[string, ChangeEffect, Partial<NormalisedNode>]>([
  ['a label', 'settings', { labels: {} }],
  ['a probe', 'settings', { probes: [{ name: 'up', timeoutSeconds: 1, exec: { command: ['true'], exitCode: 0 } }] }],
  ['an address', 'restart', { interfaces: [{ network: 'lan', address: '10.0.0.3' }] }],
  ['a larger disk', 'restart', { resources: { cpus: 1, memoryMiB: 1_024, diskGiB: 30 } }],
  ['a smaller disk', 'rebuild', { resources: { cpus: 1, memoryMiB: 1_024, diskGiB: 10 } }],
  ['the disk of the template', 'rebuild', { resources: { cpus: 1, memoryMiB: 1_024 } }],
  ['another template', 'rebuild', { template: 'ubuntu', labels: {} }],
  ['another user', 'rebuild', { cloudInit: { user: 'me', sshKeys: [] } }],
])('%s takes a %s', (_, effect, change) => {
  const { nodes } = revisionDifferences(
    { networks: [], nodes: [aNode('a')] },
    { networks: [], nodes: [aNode('a', change)] },
  );

  expect(nodes.changed.map((changed) => changed.effect)).toEqual([effect]);
});
