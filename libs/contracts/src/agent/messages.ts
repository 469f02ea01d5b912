import type { ErrorCode, StepOutcome } from '@orion/domain';
import type { CommandKind, CommandPayloads, OwnershipMark } from './payloads';

/** Times on the wire are ISO 8601 in UTC; durations are milliseconds. */
export type Timestamp = string;

/**
 * One attempt of a step, on its way to an agent. Resent with the same id until acknowledged, so that receiving it
 * twice must change nothing.
 */
export interface CommandEnvelope<K extends CommandKind = CommandKind> {
  /** `uuid5(stepId, attempt)`. */
  readonly commandId: string;
  readonly siteId: string;
  /** The agent's generation as the sender knows it; an agent of another generation refuses. */
  readonly generation: number;
  /** What the command acts on: `vm:4001`, `net:<range network id>` or `site:<job id>`. */
  readonly target: string;
  /** Issued in PostgreSQL, increasing per target. The agent refuses one below the highest that it has journaled. */
  readonly sequence: number;
  readonly kind: K;
  readonly version: number;
  readonly attempt: number;
  /** After this moment the command must not begin. */
  readonly expiresAt: Timestamp;
  /** How long the work may take from its acknowledgement. Counted by the agent's monotonic clock. */
  readonly timeoutMs: number;
  /** Absent for commands that touch no VM. */
  readonly mark?: OwnershipMark;
  readonly tenantId: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly rangeId?: string;
  readonly traceparent?: string;
  readonly payload: CommandPayloads[K];
}

/**
 * `accepted`: journaled, "I own it". `known`: seen before; `outcome` when it has ended.
 * `refused`: will never run under this id and generation.
 */
export type CommandAck =
  | { readonly status: 'accepted' }
  | { readonly status: 'known'; readonly outcome?: StepOutcome }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly detail: string };

/**
 * Fences a target: nothing below `sequence` may begin on it from now on, and what runs is stopped.
 * Repeating it changes nothing.
 */
export interface CancelRequest {
  readonly siteId: string;
  readonly generation: number;
  readonly cancellations: readonly Cancellation[];
}
export interface Cancellation {
  readonly commandId: string;
  readonly target: string;
  readonly sequence: number;
}
export interface CancelReply {
  readonly received: number;
}

/**
 * A fact about a command, numbered per command from 1, repeated until `recorded`. A later fact may be told in place of
 * those before it: a task implies the start, the end implies both. `tookMs` counts from the start.
 */
export interface CommandEvent {
  readonly siteId: string;
  readonly generation: number;
  readonly bootId: string;
  readonly commandId: string;
  readonly number: number;
  readonly at: Timestamp;
  readonly fact:
    | { readonly type: 'started' }
    | { readonly type: 'task'; readonly handle: string }
    | { readonly type: 'ended'; readonly outcome: StepOutcome; readonly tookMs?: number };
  readonly traceparent?: string;
}
/** `recorded` is said after the commit, also for a repetition or a command nobody waits for any more. */
export interface CommandEventReply {
  readonly recorded: boolean;
}

export interface RegisterRequest {
  readonly siteId: string;
  readonly bootId: string;
  readonly agentVersion: string;
  /** `vm.clone@1`, ... */
  readonly commandKinds: readonly string[];
  readonly adapter: string;
  /** True when the journal is empty: the agent accepts nothing until it holds every sequence of its site. */
  readonly journalBlank: boolean;
  /** Of the journal, which one living process has at a time: who comes back with it need wait for nobody. */
  readonly journalId: string;
  /**
   * The generation that it takes the place of, 0 for none: a request that arrives after a later one is refused, and names
   * the present generation. Absent (older agents): takes the place of any.
   */
  readonly replaces?: number;
}
export type RegisterReply =
  | {
      readonly status: 'registered';
      readonly generation: number;
      readonly installation: string;
      /** Milliseconds from the answer until which the agent that served the site before may still act. */
      readonly actAfterMs: number;
    }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly detail: string; readonly generation?: number };

export interface SequencesRequest {
  readonly siteId: string;
  readonly generation: number;
  /** Target after which the page begins; absent for the first page. */
  readonly after?: string;
}
/** 0 for a target whose only command is still open: that one may come again. */
export interface SequencesReply {
  readonly sequences: readonly { readonly target: string; readonly sequence: number }[];
  readonly complete: boolean;
}

export interface Heartbeat {
  readonly siteId: string;
  readonly generation: number;
  readonly bootId: string;
  readonly running: readonly { readonly commandId: string; readonly handle?: string }[];
  readonly freeSlots: number;
  readonly agentVersion: string;
  readonly commandKinds: readonly string[];
  /** Last time the hypervisor answered; absent: never since the agent's start. */
  readonly hypervisorAnsweredAt?: Timestamp;
  readonly hypervisorVersion?: string;
}
/** An agent that reads another generation than its own, or `registered: false`, must stop acting. */
export interface HeartbeatReply {
  readonly generation: number;
  readonly registered: boolean;
  readonly cancellations: readonly Cancellation[];
}

export interface HostFacts {
  readonly name: string;
  readonly online: boolean;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly memoryFreeMiB: number;
}
export interface StorageFacts {
  readonly name: string;
  readonly shared: boolean;
  /** Hosts that can use it. */
  readonly hosts: readonly string[];
  readonly totalGiB: number;
  readonly freeGiB: number;
  readonly snapshots: boolean;
  readonly linkedClones: boolean;
  /** A disk on it rolls back to its newest snapshot only. Absent (older agents): it is not so. */
  readonly newestOnly?: boolean;
}
export interface VmFacts {
  readonly vmId: number;
  readonly host: string;
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'paused' | 'unknown';
  readonly template: boolean;
  readonly lock?: string;
  /** Present when the VM's tags carry a mark of some installation. */
  readonly mark?: OwnershipMark;
  readonly memoryMiB: number;
  /** What its NICs hang on, where it was read; a VLAN tag is given back only when no VM lists it. */
  readonly nics: readonly { readonly bridge: string; readonly vlanTag?: number }[];
}
/** Software-defined networks of a site, as far as the agent may see them. */
export interface SdnFacts {
  readonly zones: readonly { readonly name: string; readonly type: string }[];
  /** Those that are configured, and those that hosts may still have. */
  readonly vnets: readonly VnetFacts[];
}
export interface VnetFacts {
  readonly name: string;
  readonly zone: string;
  readonly tag?: number;
  /** Present when some installation made it. */
  readonly mark?: VnetMark;
}
/** Says for which network a VNet was made. */
export interface VnetMark {
  readonly installation: string;
  readonly rangeId: string;
  readonly network: string;
}
/** One page of the full picture of a site. The picture counts when its last page has come. */
export interface InventoryPage {
  readonly siteId: string;
  readonly generation: number;
  readonly inventoryId: string;
  readonly takenAt: Timestamp;
  readonly page: number;
  readonly pages: number;
  readonly hosts: readonly HostFacts[];
  readonly storages: readonly StorageFacts[];
  /** VMs of the site's id range, and every VM that carries a mark. */
  readonly vms: readonly VmFacts[];
  /** Zones are on the first page. Absent there: the agent could not tell, or is older; nothing is known of VNets then. */
  readonly sdn?: SdnFacts;
}
export interface InventoryReply {
  readonly received: boolean;
}
