import { isConfiguredOtherwise, type ExpectedNode, type SeenVm } from '../drift';
import { isLeaving } from './leaving';
import type { StepKind } from '../jobs/step';
import type { DesiredState, RangeState } from '../ranges/range';

/** What decides how the nodes of a range are to be. */
export interface RepairedRange {
  readonly state: RangeState;
  readonly desired: DesiredState;
}

/** What one node needs to be what its range says. */
export interface NodeRepair {
  /** Its id belongs to something else: it takes another one before its VM is made. */
  readonly needsOtherId: boolean;
  /** Its VM is not there, so that it is made from the beginning. */
  readonly isMade: boolean;
  /** Where its VM was found, when that is not where its row says; it stays there. */
  readonly livesOn?: string;
  /** Kinds of its steps; none when nothing differs. */
  readonly steps: ReadonlySet<StepKind>;
}

type Power = 'running' | 'stopped';

/**
 * Decides about one node from its row and from the VM that has its id. Every step looks before it acts, so that one too many
 * touches nothing.
 * - Power: as the row says; in a degraded range, and for a node between two states, as the range's owner asked for last.
 * - A node whose last step has an unknown outcome is taken up from its clone on.
 * - A VM that was to be gone after a change to another revision is removed, if it is there.
 * - An unmarked VM on the id of a node that was being made may be its clone: only cloning again tells.
 */
export function repairOf(node: ExpectedNode, vm: SeenVm | undefined, range: RepairedRange): NodeRepair {
  if (isLeaving(node.name)) {
    return { needsOtherId: false, isMade: false, steps: new Set(vm?.ours === true ? ['vm.destroy'] : []) };
  }
  const wanted = wantedPower(node, range);
  const uncertain = node.state === 'creating' || node.state === 'unknown';
  if (vm === undefined || !vm.ours) {
    const perhapsOurs = vm !== undefined && uncertain && !vm.marked;
    return { needsOtherId: vm !== undefined && !perhapsOurs, isMade: !perhapsOurs, steps: making(wanted) };
  }
  const steps = uncertain || node.state === 'planned' ? making(wanted) : changing(node, vm, wanted);
  if (steps.has('vm.configure') && vm.state !== 'stopped') {
    // Memory cannot be taken from a VM that runs.
    if (wanted === 'stopped' || vm.memoryMiB !== node.memoryMiB) steps.add('vm.stop');
  }
  return {
    needsOtherId: false,
    isMade: false,
    ...(vm.host !== node.host && { livesOn: vm.host }),
    steps,
  };
}

function wantedPower({ state }: ExpectedNode, range: RepairedRange): Power {
  if (range.state !== 'degraded' && (state === 'running' || state === 'stopped')) return state;
  return range.desired === 'stopped' ? 'stopped' : 'running';
}

function making(wanted: Power): Set<StepKind> {
  return new Set<StepKind>(['vm.clone', 'vm.configure', ...(wanted === 'running' ? RUNNING : [])]);
}

function changing(node: ExpectedNode, vm: SeenVm, wanted: Power): Set<StepKind> {
  const power: readonly StepKind[] = wanted === 'running' ? RUNNING : ['vm.stop'];
  if (isConfiguredOtherwise(node, vm)) return new Set(['vm.configure', ...(wanted === 'running' ? RUNNING : [])]);
  // A picture that cannot tell what a VM does speaks for its row.
  const asWanted = node.state === wanted && (vm.state === wanted || vm.state === 'unknown');
  return new Set(asWanted ? [] : power);
}

const RUNNING = ['vm.start', 'vm.ready'] as const satisfies readonly StepKind[];
