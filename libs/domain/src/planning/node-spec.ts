import type { NormalisedCloudInit, NormalisedNode, NormalisedProbe } from '../blueprint/normalised-blueprint';
import type { Placement } from '../placement/placement';
import { storageSlotOf, type PlanNode } from './planned-step';

/** What a node's row keeps of its blueprint and its placement: later jobs read neither again. */
export interface NodeSpec {
  readonly template: string;
  readonly templateVmId: number;
  readonly templateHost: string;
  readonly mode: 'linked' | 'full';
  readonly storageShared: boolean;
  readonly os: 'linux' | 'windows' | 'other';
  readonly cpus: number;
  readonly diskGiB?: number;
  readonly guestAgent: boolean;
  readonly dependsOn: readonly string[];
  readonly readiness: { readonly guestAgent: boolean; readonly timeoutMs: number };
  readonly cloudInit?: NormalisedCloudInit;
  readonly probes?: readonly NormalisedProbe[];
}

export function nodeSpec(node: NormalisedNode, placement: Placement, templateHasAgent: boolean): NodeSpec {
  return {
    template: node.template,
    templateVmId: placement.templateVmId,
    templateHost: placement.templateHost,
    mode: node.cloneMode === 'full' ? 'full' : placement.mode,
    storageShared: placement.storageShared,
    os: node.os,
    cpus: node.resources.cpus,
    ...(node.resources.diskGiB !== undefined && { diskGiB: node.resources.diskGiB }),
    guestAgent: templateHasAgent,
    dependsOn: node.dependsOn,
    readiness: { guestAgent: node.readiness.guestAgent, timeoutMs: node.readiness.timeoutSeconds * 1_000 },
    ...(node.cloudInit && { cloudInit: node.cloudInit }),
    ...(node.probes && { probes: node.probes }),
  };
}

/** A node with its place, as it is kept. */
export interface PlacedNode extends Pick<PlanNode, 'name' | 'state' | 'host'> {
  /** Name of the storage itself. */
  readonly storage: string;
  readonly spec: NodeSpec;
  readonly interfaces: readonly { readonly network: string }[];
}

/** A node that has its place, as the planners read it. */
export function planNode({ name, state, host, storage, spec, interfaces }: PlacedNode): PlanNode {
  return {
    name,
    state,
    host,
    storage: storageSlotOf(storage, spec.storageShared, host),
    dependsOn: spec.dependsOn,
    networks: interfaces.map(({ network }) => network),
    fullClone: spec.mode === 'full',
    ...(spec.probes && { probedFrom: spec.probes.flatMap(({ tcp }) => tcp?.from ?? []) }),
    readyTimeoutMs: spec.readiness.timeoutMs,
  };
}
