import type { AclEntry } from '../access/access-control';
import type { ClusterSpec, SdnZoneSpec, TemplateSpec } from './cluster-spec';

const RANGE_TOKEN = 'orion@pve!range';

const template = (
  vmid: number,
  name: string,
  os: 'linux' | 'windows',
  memoryMiB: number,
  cores: number,
): TemplateSpec => ({
  ...{ vmid, name, os, memoryMiB, cores },
  host: 'pve1',
  storage: 'shared',
  diskGiB: os === 'windows' ? 40 : 8,
  nics: [{ bridge: 'vmbr1' }],
  agent: true,
  cloudInit: os === 'linux',
  pool: 'orion-templates',
});

/** The rights that an installation of Orion Range needs, and no more, for a user or one of its tokens. */
function leastPrivilege(who: string): AclEntry[] {
  return [
    { path: '/pool/orion-ranges', who, role: 'OrionRange' },
    { path: '/pool/orion-templates', who, role: 'OrionTemplate' },
    { path: '/storage/shared', who, role: 'OrionStorage' },
    { path: '/storage/local-zfs', who, role: 'OrionStorage' },
    { path: '/sdn/zones/localnetwork/vmbr1', who, role: 'OrionNet' },
    { path: '/nodes', who, role: 'PVEAuditor' },
  ];
}

/** The cluster with a zone of software-defined networks, and the rights to make them for whoever may use its bridge. */
export function withSdnZone(spec: ClusterSpec, zone: SdnZoneSpec): ClusterSpec {
  const users = spec.acls.filter(({ role }) => role === 'OrionNet').map(({ who }) => who);
  return {
    ...spec,
    sdnZones: [...(spec.sdnZones ?? []), zone],
    roles: {
      ...spec.roles,
      OrionZone: ['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
      OrionApply: ['SDN.Allocate'],
    },
    acls: [
      ...spec.acls,
      ...[...new Set(users)].flatMap((who) => [
        { path: `/sdn/zones/${zone.zone}`, who, role: 'OrionZone' },
        { path: '/sdn', who, role: 'OrionApply', propagate: false },
      ]),
    ],
  };
}

/** Three hosts, a shared and a local storage, four templates, and a token with the least privileges. */
export function defaultCluster(major = 9): ClusterSpec {
  const guest = major >= 9 ? 'VM.GuestAgent.Unrestricted' : 'VM.Monitor';
  return {
    name: 'orion-demo',
    hosts: [1, 2, 3].map((n) => ({
      name: `pve${n}`,
      memoryMiB: 131_072,
      cpus: 32,
      address: `192.0.2.${10 + n}`,
      bridges: ['vmbr0', { name: 'vmbr1', vlanAware: true }],
    })),
    storages: [
      { name: 'local', type: 'dir', capacityGiB: 100 },
      { name: 'local-zfs', type: 'zfspool', capacityGiB: 1000 },
      { name: 'shared', type: 'nfs', shared: true, capacityGiB: 8000 },
    ],
    templates: [
      template(9000, 'debian-12', 'linux', 1024, 1),
      template(9001, 'debian-12-router', 'linux', 512, 1),
      template(9002, 'windows-11', 'windows', 4096, 2),
      template(9003, 'windows-server-2022', 'windows', 4096, 2),
    ],
    pools: ['orion-ranges', 'orion-templates'],
    users: [
      { id: 'orion@pve', password: 'orion-demo' },
      { id: 'root@pam', password: 'orion-root' },
    ],
    tokens: [
      { id: RANGE_TOKEN, secret: '00000000-0000-4000-8000-000000000001' },
      { id: 'root@pam!admin', secret: '00000000-0000-4000-8000-000000000002', privilegeSeparated: false },
    ],
    roles: {
      OrionRange: [
        ...['VM.Allocate', 'VM.Audit', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options'],
        ...['VM.Config.Disk', 'VM.Config.Cloudinit', 'VM.PowerMgmt', 'VM.Snapshot', 'VM.Console', 'Pool.Audit', guest],
      ],
      OrionTemplate: ['VM.Audit', 'VM.Clone'],
      OrionStorage: ['Datastore.AllocateSpace', 'Datastore.Audit'],
      OrionNet: ['SDN.Use'],
    },
    acls: [...leastPrivilege('orion@pve'), ...leastPrivilege(RANGE_TOKEN)],
  };
}
