/** A privilege on a path, and what fails without it. */
export interface RequiredPrivilege {
  readonly path: string;
  readonly privilege: string;
  readonly neededFor: string;
  /** Deploys work without it. */
  readonly optional?: boolean;
}

export interface PrivilegeScope {
  readonly pool?: string | undefined;
  readonly templateVmIds: readonly number[];
  readonly storages: readonly string[];
  readonly hosts: readonly string[];
  /** Holds the VNets of ranges. */
  readonly sdnZone?: string | undefined;
  /** Before version 9 one privilege covered the monitor and the guest agent. */
  readonly guestAgentPrivilege: 'VM.GuestAgent.Unrestricted' | 'VM.Monitor';
}

const ON_VMS: readonly (readonly [privilege: string, neededFor: string])[] = [
  ['VM.Allocate', 'cloning and destroying VMs'],
  ['VM.Audit', 'reading VMs'],
  ['VM.Config.CPU', 'setting CPUs'],
  ['VM.Config.Memory', 'setting memory'],
  ['VM.Config.Network', 'setting NICs and cloud-init values'],
  ['VM.Config.Options', 'setting names and the tags that mark VMs'],
  ['VM.PowerMgmt', 'starting and stopping VMs'],
  ['VM.Snapshot', 'snapshots and rollbacks'],
];
const OPTIONAL_ON_VMS: readonly (readonly [privilege: string, neededFor: string])[] = [
  ['VM.Config.Disk', 'growing disks (diskGiB)'],
  ['VM.Console', 'consoles'],
];

/** The least that a token needs, measured on Proxmox VE 9.1 by taking each privilege away. The bridge is looked at apart. */
export function requiredPrivileges(scope: PrivilegeScope): readonly RequiredPrivilege[] {
  const vms = scope.pool === undefined ? '/vms' : `/pool/${scope.pool}`;
  return [
    ...ON_VMS.map(([privilege, neededFor]) => ({ path: vms, privilege, neededFor })),
    { path: vms, privilege: scope.guestAgentPrivilege, neededFor: 'the guest agent' },
    ...OPTIONAL_ON_VMS.map(([privilege, neededFor]) => ({ path: vms, privilege, neededFor, optional: true })),
    ...scope.templateVmIds.flatMap((vmId) => [
      { path: `/vms/${vmId}`, privilege: 'VM.Clone', neededFor: 'cloning the template' },
      { path: `/vms/${vmId}`, privilege: 'VM.Audit', neededFor: 'reading the template' },
    ]),
    ...scope.storages.map((storage) => ({
      path: `/storage/${storage}`,
      privilege: 'Datastore.AllocateSpace',
      neededFor: 'disks of clones',
    })),
    ...(scope.sdnZone === undefined ? [] : onZone(scope.sdnZone)),
    ...scope.hosts.map((host) => ({
      path: `/nodes/${host}`,
      privilege: 'Sys.Audit',
      neededFor: 'CPU and memory figures of the host, by which nodes are placed',
    })),
  ];
}

function onZone(zone: string): readonly RequiredPrivilege[] {
  const path = `/sdn/zones/${zone}`;
  return [
    { path: '/sdn', privilege: 'SDN.Allocate', neededFor: 'applying networks' },
    { path, privilege: 'SDN.Allocate', neededFor: 'making and removing VNets' },
    { path, privilege: 'SDN.Audit', neededFor: 'looking whether hosts have the VNets' },
    { path, privilege: 'SDN.Use', neededFor: 'NICs on VNets' },
  ];
}
