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
  /** VLAN tag, 1 to 4094; absent: untagged. */
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

export interface CommandPayloads {
  'network.ensure': {
    readonly name: string;
    readonly bridge: string;
    readonly vlanTag: number;
    readonly hosts: readonly string[];
  };
  'network.remove': { readonly name: string; readonly bridge: string; readonly vlanTag: number };
  'vm.clone': CloneSpec;
  'vm.configure': ConfigureSpec;
  'vm.start': VmTarget;
  /** Waits until the guest agent answers (`guestAgent`), or until the VM runs. VMs of one template boot alike. */
  'vm.ready': VmTarget & { readonly guestAgent: boolean; readonly template?: string };
  /** Shutdown with fall-back to a hard stop after `graceMs`; 0 stops hard at once. */
  'vm.stop': VmTarget & { readonly graceMs: number };
  'vm.snapshot': VmTarget & { readonly name: string; readonly description: string; readonly memory: boolean };
  /** Stops hard and removes the VM with its disks. A VM that is gone is a success. */
  'vm.destroy': VmTarget;
  'site.check': SiteCheckSpec;
  /** Reports the whole picture of the site now. */
  'site.observe': Record<string, never>;
}

export interface SiteCheckSpec {
  readonly bridge: string;
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
  readonly check: 'reachable' | 'tls' | 'version' | 'privileges' | 'templates' | 'storages' | 'bridge' | 'vm-ids';
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
  'vm.ready': { readonly addresses: readonly string[] };
  'vm.stop': { readonly state: 'stopped'; readonly hard: boolean };
  'vm.snapshot': { readonly name: string };
  'vm.destroy': Record<string, never>;
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
  'vm.destroy': 1,
  'site.check': 1,
  'site.observe': 1,
};

/** `vm.clone` in version 1 is advertised as `vm.clone@1`. */
export function commandKindAtVersion(kind: CommandKind, version: number): string {
  return `${kind}@${version}`;
}
