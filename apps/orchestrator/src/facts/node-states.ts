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
  'vm.unsnapshot': {},
  // Of a VM that came back with its memory it is not known yet whether its guest answers.
  'vm.rollback': { started: 'stopping', succeeded: 'stopped' },
  'vm.suspend': {},
  'vm.resume': {},
  'vm.clock': {},
  'vm.inspect': {},
  'vm.probe': {},
  'vm.destroy': { succeeded: 'destroyed' },
  'template.boot': {},
  'site.check': {},
  'site.observe': {},
};

/** What a step's beginning or success makes of its node; undefined: nothing. A cloned node is `creating` until it is configured. */
export function nodeStateAfter(
  kind: StepKind,
  moment: 'started' | 'succeeded',
  result?: Readonly<Record<string, unknown>>,
): NodeState | undefined {
  if (kind === 'vm.rollback' && result?.['state'] === 'running') return 'starting';
  return MOVES[kind][moment];
}
