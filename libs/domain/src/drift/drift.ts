import { nodeNameOf } from '../planning/leaving';
import type { NodeState } from '../ranges/range';

/**
 * `missing`: a node's VM is not there. `changed`: it is not what the node's row says. `foreign`: a VM without the node's
 * mark has its id. `orphan`: a VM or a VNet carries our mark and no row accounts for it.
 */
export const DRIFT_KINDS = ['missing', 'changed', 'foreign', 'orphan'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** A node as its row says. */
export interface ExpectedNode {
  readonly name: string;
  readonly state: NodeState;
  readonly host: string;
  readonly vmId: number;
  readonly memoryMiB: number;
}

/** The VM that has a node's id, as the site's last picture shows it. */
export interface SeenVm {
  readonly host: string;
  readonly name: string;
  /** `unknown`: the picture could not tell; then neither its name nor its configuration counts. */
  readonly state: 'running' | 'stopped' | 'paused' | 'unknown';
  /** It carries the node's mark. */
  readonly ours: boolean;
  /** It carries a mark, whose ever. */
  readonly marked: boolean;
  readonly memoryMiB: number;
  /** Its network cards are those of the node, in bridges and VLAN tags. */
  readonly sameNetworks: boolean;
}

export interface NodeDrift {
  readonly kind: Exclude<DriftKind, 'orphan'>;
  readonly detail: string;
}

/** How a VM differs from its node, in words; undefined when it does not. Asked of nodes that no job is changing. */
export function driftOf(node: ExpectedNode, vm: SeenVm | undefined): NodeDrift | undefined {
  if (node.state === 'destroyed') return undefined;
  if (vm === undefined) return { kind: 'missing', detail: missingDetail(node) };
  if (!vm.ours) return { kind: 'foreign', detail: foreignDetail(node, vm) };
  const differences = differencesOf(node, vm);
  if (differences.length === 0) return undefined;
  return { kind: 'changed', detail: `${node.name} (VM ${node.vmId} on ${vm.host}) ${differences.join('; ')}.` };
}

/** What the picture tells of a VM's configuration differs from the node; its host and its power are not meant. */
export function isConfiguredOtherwise(node: ExpectedNode, vm: SeenVm): boolean {
  return configurationDifferences(node, vm).length > 0;
}

/** What can be done about a kind of drift. */
export const DRIFT_HINTS: Readonly<Record<DriftKind, string>> = {
  missing: 'A repair of the range makes the VM again, with the same addresses.',
  changed: 'A repair of the range sets it back to what the range says.',
  foreign: 'A repair of the range gives the node another id and a new VM; the VM that has its id now is never touched.',
  orphan:
    'It is never touched, and its id or name is not used. When nobody needs it, remove it on the hypervisor by hand.',
};

function missingDetail({ name, state, vmId }: ExpectedNode): string {
  if (state === 'planned') return `${name} was never made: no VM ${vmId} exists on the site.`;
  return `${name} has no VM: ${vmId} does not exist on the site.`;
}

function foreignDetail({ name, vmId }: ExpectedNode, vm: SeenVm): string {
  const mark = vm.marked ? 'the mark of something else' : 'no mark of ours';
  return `The id of ${name} is taken: VM ${vmId} on ${vm.host}${vm.name === '' ? '' : ` (${vm.name})`} carries ${mark}.`;
}

function differencesOf(node: ExpectedNode, vm: SeenVm): readonly string[] {
  const host = vm.host === node.host ? [] : [`lives there, should live on ${node.host}`];
  return [...powerDifferences(node, vm), ...host, ...configurationDifferences(node, vm)];
}

function powerDifferences({ state }: ExpectedNode, vm: SeenVm): readonly string[] {
  switch (state) {
    case 'running':
    case 'stopped':
      return vm.state === state || vm.state === 'unknown' ? [] : [`is ${vm.state}, should be ${state}`];
    case 'unknown':
      return [`is ${vm.state}, but what its last step came to could not be observed`];
    default:
      return [`is ${vm.state}, but was left ${state} when its job ended`];
  }
}

function configurationDifferences(node: ExpectedNode, vm: SeenVm): readonly string[] {
  if (vm.state === 'unknown') return [];
  return [
    ...(vm.memoryMiB === node.memoryMiB
      ? []
      : [`has ${vm.memoryMiB} MiB of memory, should have ${node.memoryMiB} MiB`]),
    ...(vm.sameNetworks ? [] : ['hangs on other networks than it should']),
    ...(vm.name === nodeNameOf(node.name) ? [] : [`is named ${vm.name}, should be named ${nodeNameOf(node.name)}`]),
  ];
}
