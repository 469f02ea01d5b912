import { defaultCluster, type ClusterSpec, type LatencyProfile } from '@orion/pve-simulator';

/** One deploy: so many machines, on hosts and a storage that do so many things at once. */
export interface DeployPoint {
  readonly nodes: number;
  readonly hostSlots: number;
  readonly storageSlots: number;
}

/** The storage's slots are fewer than the hosts' together, so that they and the chain of boots bind. */
export const POINTS: readonly DeployPoint[] = [
  { nodes: 10, hostSlots: 1, storageSlots: 3 },
  { nodes: 25, hostSlots: 1, storageSlots: 4 },
  { nodes: 50, hostSlots: 3, storageSlots: 6 },
  { nodes: 100, hostSlots: 4, storageSlots: 8 },
  { nodes: 250, hostSlots: 8, storageSlots: 16 },
  { nodes: 500, hostSlots: 8, storageSlots: 16 },
];

/** Goes before: compiles code, and lets the agent see once how long a clone, a start and a boot take here. */
export const WARM_UP: DeployPoint = { nodes: 4, hostSlots: 1, storageSlots: 4 };

/** Slots of the storage itself: the site never asks for more at once. */
const STORAGE_LIMIT = 16;

/**
 * Calls, locks and boots take as long as on the recorded Proxmox VE, whose disks were tiny and its host idle. Clones and
 * starts take longer, as on a storage and on hosts that others use as well.
 */
export const SLOW_STORAGE = { linkedClone: 6_000, start: 3_000 } as const satisfies Partial<LatencyProfile>;

/** Four hosts and one shared storage with a limit of its own. */
export function benchCluster(profile: Partial<LatencyProfile> = SLOW_STORAGE): ClusterSpec {
  const spec = defaultCluster();
  return {
    ...spec,
    hosts: [...spec.hosts, { ...spec.hosts[0], name: 'pve4', address: '192.0.2.14' }].map((host) => ({
      ...host,
      memoryMiB: 262_144,
      cpus: 64,
      bridges: ['vmbr0', { name: 'vmbr1', vlanAware: true }],
    })),
    storages: spec.storages.map((storage) => (storage.shared ? { ...storage, slots: STORAGE_LIMIT } : storage)),
    profile,
  };
}

/** A gateway, a server that waits for it, and the others, which wait for the server: a chain of three boots. */
export function benchBlueprint(nodes: number): string {
  const machine = (name: string, more: string): string =>
    `  - { name: ${name}, template: debian-12, resources: { cpus: 1, memoryMiB: 512 }, interfaces: [{ network: lan }],\n` +
    `      readiness: { guestAgent: true, timeoutSeconds: 600 }${more} }`;
  return [
    'schemaVersion: 1',
    `name: bench-${nodes}`,
    'networks: [{ name: lan, cidr: 10.77.0.0/16 }]',
    'nodes:',
    machine('gw', ''),
    machine('server', ', dependsOn: [gw]'),
    machine('vm', `, count: ${nodes - 2}, dependsOn: [server]`),
    '',
  ].join('\n');
}

/** The node of `benchBlueprint` that this one waits for. */
export function waitsFor(node: string): string | undefined {
  if (node === 'gw') return undefined;
  return node === 'server' ? 'gw' : 'server';
}
