import type { BaselineMode, BaselinePower } from '../baseline';
import type { NodeState } from '../ranges/range';
import type { StepKind } from '../jobs/step';
import type { SlotLimits } from '../scheduling/slots';
import type { PlanApply } from './plan-apply';
import type { NodeRepair } from './repair-node';

/** A step before it has a row: what to do, after what, and what it loads. Its ordinal is its index in the plan. */
export interface PlannedStep {
  /** `<kind>:<subject>`, unique in its plan. */
  readonly key: string;
  readonly kind: StepKind;
  /** Name of the node or network; `site` for steps on the whole site. */
  readonly subject: string;
  /** Keys of earlier steps of the same plan that must have succeeded. */
  readonly dependsOn: readonly string[];
  /** Host whose slot the step takes; absent: none. */
  readonly host?: string;
  /** Storage whose slot the step takes (see `storageSlotOf`); absent: none. */
  readonly storage?: string;
  readonly expectedMs: number;
  /** How long before the end of the plan it must begin, milliseconds: its longest path, or longer where slots are scarce. */
  readonly tailMs: number;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** What planning reads of a node that has its place. */
export interface PlanNode {
  readonly name: string;
  readonly state: NodeState;
  readonly host: string;
  /** Name of the storage's slot, see `storageSlotOf`. */
  readonly storage: string;
  /** Nodes that must be ready before this one starts. */
  readonly dependsOn: readonly string[];
  /** Networks that its interfaces hang on. */
  readonly networks: readonly string[];
  /** True when the whole disk is copied; takes longer than a linked clone. */
  readonly fullClone?: boolean;
  /** Nodes that connect to it to probe it; absent: it has no probes. */
  readonly probedFrom?: readonly string[];
  /** How long its readiness may take, milliseconds; absent: the default of `vm.ready`. */
  readonly readyTimeoutMs?: number;
}

/** Measured time of a kind of step (on a host), milliseconds; undefined: the default is taken. Full clones take their own. */
export type TimesOf = (kind: StepKind, host?: string, fullClone?: boolean) => number | undefined;

/** What every planner is given. */
export interface PlanRequest {
  readonly nodes: readonly PlanNode[];
  readonly networks: readonly string[];
  /** The node that a job on one node is about. */
  readonly node?: string;
  /** What a repair has found out about the nodes, by name; absent: it has to look first. */
  readonly repairs?: ReadonlyMap<string, NodeRepair>;
  readonly timesOf?: TimesOf;
  /** What the site's hosts and storages do at once; absent: steps are ordered by their paths alone. */
  readonly slots?: SlotLimits;
  /** Which part of a job that is planned in several is planned now, from 1. */
  readonly stage?: number;
  /** The baseline that the job makes, returns to or removes. */
  readonly baseline?: PlanBaseline;
  /** What takes the range to another revision. */
  readonly apply?: PlanApply;
  /** Names of the nodes that a reset is about; absent: all. */
  readonly only?: ReadonlySet<string>;
}

export interface PlanBaseline {
  readonly mode: BaselineMode;
  /** What each node does in the baseline, by name. */
  readonly power: ReadonlyMap<string, BaselinePower>;
}

export type Planner = (request: PlanRequest) => readonly PlannedStep[];

export function stepKey(kind: StepKind, subject: string): string {
  return `${kind}:${subject}`;
}

/** The name under which a storage's slots are counted: local storages of one name are different disks on each host. */
export function storageSlotOf(storage: string, shared: boolean, host: string): string {
  return shared ? storage : `${storage}@${host}`;
}
