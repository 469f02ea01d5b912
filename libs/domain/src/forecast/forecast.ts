import type { Egress } from '../blueprint/normalised-blueprint';
import type { Refusal, SiteToFit } from '../placement';
import type { MeasuredTime, SlotLimits } from '../scheduling';

/** What a job on a range would do, looked at before it is asked for. Nothing is reserved. */
export interface Forecast {
  readonly nodes: readonly NodeForecast[];
  readonly networks: readonly NetworkForecast[];
  readonly needs: Needs;
  /** Steps that the job would have. */
  readonly steps: number;
  /** How long it would take with the site's slots to itself, milliseconds; null when it cannot be done. */
  readonly expectedMs: number | null;
  /** Everything that keeps the job from succeeding; none: it would be planned as it is told here. */
  readonly reasons: readonly Refusal[];
}

/** Where a node would live, and from what it would be made. */
export interface NodeForecast {
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  readonly template: string;
  readonly templateVmId: number;
  readonly templateHost: string;
  readonly cloneMode: 'linked' | 'full';
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Space that is reckoned with; of a linked clone a part of its disk. */
  readonly diskGiB: number;
  readonly interfaces: readonly { readonly network: string; readonly address: string }[];
}

export interface NetworkForecast {
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly egress: Egress;
  readonly mode: 'vlan' | 'sdn';
  /** On which a tag is taken; null when a network of its own is made. */
  readonly bridge: string | null;
}

export interface Amount {
  readonly needed: number;
  readonly free: number;
}

export interface Needs {
  readonly vmIds: Amount;
  readonly networks: Amount;
  /** Of hosts and storages that would take something. */
  readonly hosts: readonly {
    readonly host: string;
    readonly nodes: number;
    readonly memoryMiB: Amount;
    readonly cpus: HostCpus;
  }[];
  readonly storages: readonly {
    readonly storage: string;
    readonly host: string | null;
    readonly nodes: number;
    readonly diskGiB: Amount;
  }[];
}

/** CPUs are shared by the nodes of a host: no node may have more than the host, all together may. */
export interface HostCpus {
  readonly needed: number;
  readonly ofHost: number;
}

/** A site as it was last seen, with what a forecast reads of it. */
export interface SiteAhead extends SiteToFit {
  readonly networkMode: 'vlan' | 'sdn';
  readonly bridge: string | null;
  readonly slots: SlotLimits;
  readonly vmIdsFree: number;
  readonly networksFree: number;
  readonly measured: readonly MeasuredTime[];
}
