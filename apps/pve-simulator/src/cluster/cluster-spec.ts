import type { AclEntry, TokenSpec, UserSpec } from '../access/access-control';
import type { LatencyProfile } from '../timing/profile';

export interface BridgeSpec {
  readonly name: string;
  readonly vlanAware?: boolean;
  readonly cidr?: string;
}

export interface HostSpec {
  readonly name: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly bridges: readonly (string | BridgeSpec)[];
  readonly address?: string;
}

export type StorageType = 'dir' | 'nfs' | 'lvmthin' | 'zfspool' | 'rbd';

export interface StorageSpec {
  readonly name: string;
  readonly type: StorageType;
  /** One content seen by all its hosts. */
  readonly shared?: boolean;
  /** Hosts that have it; default all. */
  readonly hosts?: readonly string[];
  readonly capacityGiB: number;
  /** Clones, snapshots, rollbacks and destroys that it serves at once; default no limit, as on the real thing. */
  readonly slots?: number;
}

export interface NicSpec {
  readonly bridge: string;
  readonly model?: string;
  readonly tag?: number;
  readonly firewall?: boolean;
}

export interface TemplateSpec {
  readonly vmid: number;
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  readonly memoryMiB: number;
  readonly cores: number;
  readonly diskGiB?: number;
  readonly nics?: readonly NicSpec[];
  readonly agent?: boolean;
  readonly cloudInit?: boolean;
  readonly os: 'linux' | 'windows';
  readonly pool?: string;
  readonly tags?: string;
  readonly description?: string;
}

export interface SdnZoneSpec {
  readonly zone: string;
  readonly type: string;
  /** Of a VLAN zone. */
  readonly bridge?: string;
  readonly vnets?: readonly { readonly vnet: string; readonly tag?: number }[];
}

/** A whole cluster, declared. Everything can be changed later over the API or the admin endpoint. */
export interface ClusterSpec {
  readonly name?: string;
  readonly hosts: readonly HostSpec[];
  readonly storages: readonly StorageSpec[];
  readonly templates: readonly TemplateSpec[];
  readonly pools: readonly string[];
  readonly users: readonly UserSpec[];
  readonly tokens: readonly TokenSpec[];
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly acls: readonly AclEntry[];
  /** Where `/cluster/nextid` looks; the upper bound is not included. */
  readonly vmidRange?: { readonly lower: number; readonly upper: number };
  readonly sdnZones?: readonly SdnZoneSpec[];
  /** Latencies of this cluster, in simulated milliseconds, where they differ from the recorded ones. */
  readonly profile?: Partial<LatencyProfile>;
}
