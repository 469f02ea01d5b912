/**
 * What each kind of command carries and what its success reports. Additive changes keep the version;
 * others raise it and leave the old one in place for the previous release.
 */

/** Says whose a VM is. Written as tags; a VM without the expected mark is never changed. */
export interface OwnershipMark {
  readonly installation: string;
  readonly tenantId: string;
  readonly rangeId: string;
  readonly node: string;
}

export interface NicSpec {
  readonly network: string;
  readonly bridge: string;
  /** VLAN tag, 1 to 4094; absent: untagged, as on a VNet, which carries its tag itself. */
  readonly vlanTag?: number;
  /** Colon-separated upper case, stable over redeploys. */
  readonly mac: string;
  /** Expected address with prefix length, such as `10.20.0.10/24`. */
  readonly address: string;
  readonly gateway?: string;
}

export interface CloneSpec {
  readonly vmId: number;
  readonly name: string;
  readonly templateVmId: number;
  /** Host that holds the template. */
  readonly templateHost: string;
  /** Host the VM is to live on; differs from `templateHost` only when the template is on shared storage. */
  readonly host: string;
  readonly storage: string;
  readonly mode: 'linked' | 'full';
  readonly pool?: string;
}

export interface ConfigureSpec {
  readonly vmId: number;
  readonly host: string;
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Smallest size of the first disk, GiB; a larger template disk stays as it is. */
  readonly diskGiB?: number;
  readonly nics: readonly NicSpec[];
  readonly description: string;
  readonly cloudInit?: { readonly user?: string; readonly sshKeys?: readonly string[] };
  readonly guestAgent: boolean;
}

export interface VmTarget {
  readonly vmId: number;
  readonly host: string;
}

export type GuestOs = 'linux' | 'windows' | 'other';

interface Probe {
  /** Unique among the node's probes. */
  readonly name: string;
  readonly timeoutMs: number;
}
/** A command in the guest that must exit with `exitCode` and print what `output`, a regular expression, finds. */
export interface ExecProbe extends Probe {
  readonly type: 'exec';
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly output?: string;
}
/** A port of the node that must take a connection from another node of the range. */
export interface TcpProbe extends Probe {
  readonly type: 'tcp';
  readonly address: string;
  readonly port: number;
  readonly from: VmTarget & { readonly node: string; readonly os: GuestOs };
}
export type ProbeSpec = ExecProbe | TcpProbe;

export interface ProbeResult {
  readonly name: string;
  readonly ok: boolean;
  /** In words, such as `exit 0`. */
  readonly expected: string;
  readonly found: string;
}

/** What a VM is, as far as a rollback brings it back. */
export interface VmRecord {
  readonly host: string;
  readonly state: 'running' | 'stopped' | 'paused' | 'unknown';
  readonly lock?: string;
  /** Snapshot that the present state descends from. */
  readonly parentSnapshot?: string;
  readonly snapshots: readonly string[];
  /** Configuration by key, without what differs between two equal VMs: digest, generation id, parent, description. */
  readonly config: Readonly<Record<string, string>>;
  /** SHA-256 in hex over `config` as JSON with sorted keys. */
  readonly configDigest: string;
  readonly disks: readonly { readonly device: string; readonly volume: string; readonly sizeMiB: number }[];
  readonly nics: readonly { readonly mac: string; readonly bridge: string; readonly vlanTag?: number }[];
  /** Absent: it has no agent, or was not asked. */
  readonly guest?: {
    readonly answers: boolean;
    readonly hostname?: string;
    readonly os?: string;
    /** Without prefix lengths, no loopback and no link-local ones, sorted. */
    readonly addresses: readonly string[];
  };
}

/** A network of a range: a tag on a bridge that is there already, or a VNet that is made for it. */
export interface NetworkTarget {
  readonly name: string;
  /** What its NICs hang on: the bridge, or the VNet. */
  readonly bridge: string;
  /** On the bridge 1 to 4094; of a VNet whatever its zone takes, up to 16,777,215. */
  readonly vlanTag: number;
  /** Present: a VNet in this zone, marked with the range that it is for. */
  readonly sdn?: { readonly zone: string; readonly rangeId: string };
}

export interface CommandPayloads {
  'network.ensure': NetworkTarget & { readonly hosts: readonly string[] };
  'network.remove': NetworkTarget;
  'vm.clone': CloneSpec;
  'vm.configure': ConfigureSpec;
  'vm.start': VmTarget;
  /** Waits until the guest agent answers (`guestAgent`), or until the VM runs. VMs of one template boot alike. */
  'vm.ready': VmTarget & { readonly guestAgent: boolean; readonly template?: string };
  /** Shutdown with fall-back to a hard stop after `graceMs`; 0 stops hard at once. */
  'vm.stop': VmTarget & { readonly graceMs: number };
  'vm.snapshot': VmTarget & { readonly name: string; readonly description: string; readonly memory: boolean };
  /** Removes a snapshot. One that is gone, or whose VM is, is a success. */
  'vm.unsnapshot': VmTarget & { readonly name: string };
  /** Stops hard and returns to a snapshot. The VM is stopped then, or runs when the snapshot holds memory. */
  'vm.rollback': VmTarget & { readonly name: string };
  /** Halts the processors of a running VM; its memory stays. */
  'vm.suspend': VmTarget;
  'vm.resume': VmTarget;
  /** Sets the guest's clock to the present; a guest without an agent is left as it is. */
  'vm.clock': VmTarget & { readonly os: GuestOs; readonly guestAgent: boolean };
  /** Reads everything that a rollback brings back, and what the guest tells of itself. Changes nothing. */
  'vm.inspect': VmTarget & { readonly guestAgent: boolean };
  /** Tries what must work on a node that is as it should be. May be repeated. */
  'vm.probe': VmTarget & { readonly os: GuestOs; readonly probes: readonly ProbeSpec[] };
  /** Stops hard and removes the VM with its disks. A VM that is gone is a success. */
  'vm.destroy': VmTarget;
  /** Clones a template for a moment, to see what its clones can do. */
  'template.boot': CloneSpec & { readonly template: string; readonly guestAgent: boolean };
  'site.check': SiteCheckSpec;
  /** Reports the whole picture of the site now. */
  'site.observe': Record<string, never>;
}

export interface SiteCheckSpec {
  /** Absent: networks of ranges are VNets of `sdn.zone`. */
  readonly bridge?: string;
  /** Zone of the VNets, and the tags that they are given. */
  readonly sdn?: { readonly zone: string; readonly tagFirst: number; readonly tagLast: number };
  readonly pool?: string;
  readonly vmIdFirst: number;
  readonly vmIdLast: number;
  readonly templates: readonly {
    readonly name: string;
    readonly vmId: number;
    readonly host: string;
    readonly storage: string;
  }[];
  /** VM ids of the range that rows in PostgreSQL account for. */
  readonly allocatedVmIds: readonly number[];
}

/** One finding of the doctor. `failed` findings are what a deploy would trip over. */
export interface SiteFinding {
  readonly check:
    'reachable' | 'tls' | 'version' | 'privileges' | 'templates' | 'storages' | 'bridge' | 'networks' | 'vm-ids';
  readonly status: 'passed' | 'warning' | 'failed';
  readonly detail: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface CommandResults {
  'network.ensure': Record<string, never>;
  'network.remove': Record<string, never>;
  'vm.clone': { readonly vmId: number; readonly host: string };
  'vm.configure': { readonly configDigest: string };
  'vm.start': { readonly state: 'running' };
  'vm.ready': {
    readonly addresses: readonly string[];
    /** By card, as the guest reports them, with prefix lengths. */
    readonly interfaces?: readonly { readonly mac: string; readonly addresses: readonly string[] }[];
  };
  'vm.stop': { readonly state: 'stopped'; readonly hard: boolean };
  'vm.snapshot': { readonly name: string };
  'vm.unsnapshot': Record<string, never>;
  'vm.rollback': { readonly state: 'running' | 'stopped' };
  'vm.suspend': { readonly state: 'paused' };
  'vm.resume': { readonly state: 'running' };
  /** False when the guest has no agent or does not let its clock be set. */
  'vm.clock': { readonly set: boolean };
  'vm.inspect': VmRecord;
  'vm.probe': { readonly probes: readonly ProbeResult[] };
  'vm.destroy': Record<string, never>;
  'template.boot': { readonly findings: readonly SiteFinding[] };
  'site.check': { readonly findings: readonly SiteFinding[] };
  /** When the picture was taken, which is recorded by then: ISO 8601 in UTC. */
  'site.observe': { readonly takenAt: string };
}

export type CommandKind = keyof CommandPayloads;

/** Version that this release sends of each kind. */
export const COMMAND_VERSIONS: Readonly<Record<CommandKind, number>> = {
  'network.ensure': 1,
  'network.remove': 1,
  'vm.clone': 1,
  'vm.configure': 1,
  'vm.start': 1,
  'vm.ready': 1,
  'vm.stop': 1,
  'vm.snapshot': 1,
  'vm.unsnapshot': 1,
  'vm.rollback': 1,
  'vm.suspend': 1,
  'vm.resume': 1,
  'vm.clock': 1,
  'vm.inspect': 1,
  'vm.probe': 1,
  'vm.destroy': 1,
  'template.boot': 1,
  'site.check': 1,
  'site.observe': 1,
};

/** `vm.clone` in version 1 is advertised as `vm.clone@1`. */
export function commandKindAtVersion(kind: CommandKind, version: number): string {
  return `${kind}@${version}`;
}
