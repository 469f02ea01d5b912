/** Privileges of Proxmox VE 9, and what release 8 has instead. */
const GUEST_AGENT = [
  'VM.GuestAgent.Audit',
  'VM.GuestAgent.FileRead',
  'VM.GuestAgent.FileSystemMgmt',
  'VM.GuestAgent.FileWrite',
  'VM.GuestAgent.Unrestricted',
];

const EVERY_RELEASE = [
  ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
  ...['Group.Allocate', 'Mapping.Audit', 'Mapping.Modify', 'Mapping.Use', 'Permissions.Modify'],
  ...['Pool.Allocate', 'Pool.Audit', 'Realm.Allocate', 'Realm.AllocateUser', 'User.Modify'],
  ...['SDN.Allocate', 'SDN.Audit', 'SDN.Use', 'Sys.AccessNetwork', 'Sys.Audit', 'Sys.Console', 'Sys.Incoming'],
  ...['Sys.Modify', 'Sys.PowerMgmt', 'Sys.Syslog', 'VM.Allocate', 'VM.Audit', 'VM.Backup', 'VM.Clone', 'VM.Console'],
  ...['VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType'],
  ...['VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options', 'VM.Migrate', 'VM.PowerMgmt'],
  ...['VM.Snapshot', 'VM.Snapshot.Rollback'],
];

export function privilegesOf(major: number): readonly string[] {
  return major >= 9 ? [...EVERY_RELEASE, ...GUEST_AGENT, 'VM.Replicate'] : [...EVERY_RELEASE, 'VM.Monitor'];
}

/** The roles that every installation has and that a cluster may use without declaring them. */
export function builtInRoles(major: number): Record<string, readonly string[]> {
  const all = privilegesOf(major);
  const starting = (...prefixes: string[]) => all.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  return {
    NoAccess: [],
    Administrator: all,
    PVEAdmin: all.filter(
      (name) => !['Permissions.Modify', 'Sys.Modify', 'Sys.PowerMgmt', 'Realm.Allocate'].includes(name),
    ),
    PVEAuditor: all.filter((name) => name.endsWith('.Audit')),
    PVEDatastoreAdmin: starting('Datastore.'),
    PVEDatastoreUser: ['Datastore.AllocateSpace', 'Datastore.Audit'],
    PVEPoolAdmin: starting('Pool.'),
    PVEPoolUser: ['Pool.Audit'],
    PVESDNAdmin: starting('SDN.'),
    PVESDNUser: ['SDN.Audit', 'SDN.Use'],
    PVEVMAdmin: starting('VM.'),
    PVEVMUser: [
      ...['VM.Audit', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.Cloudinit', 'VM.Console', 'VM.PowerMgmt'],
      ...starting('VM.GuestAgent.Audit', 'VM.GuestAgent.FileSystemMgmt'),
    ],
  };
}
