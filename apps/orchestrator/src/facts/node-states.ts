import type { NodeState, StepKind } from '@orion/domain';

interface NodeMoves {
  readonly started?: NodeState;
  readonly succeeded?: NodeState;
}

const MOVES: Readonly<Record<StepKind, NodeMoves>> = {
  'network.ensure': {},
  'network.remove': {},
  'vm.clone': { started: 'creating' },
  'vm.configure': { succeeded: 'stopped' },
  'vm.start': { started: 'starting', succeeded: 'starting' },
  'vm.ready': { succeeded: 'running' },
  'vm.stop': { started: 'stopping', succeeded: 'stopped' },
  'vm.snapshot': {},
  'vm.destroy': { succeeded: 'destroyed' },
  'site.check': {},
  'site.observe': {},
};

/** What a step's beginning or success makes of its node; undefined: nothing. A cloned node is `creating` until it is configured. */
export function nodeStateAfter(kind: StepKind, moment: 'started' | 'succeeded'): NodeState | undefined {
  return MOVES[kind][moment];
}
