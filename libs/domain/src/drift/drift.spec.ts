import { driftOf, type ExpectedNode, type NodeDrift, type SeenVm } from './drift';

const node: ExpectedNode = { name: 'dc01', state: 'running', host: 'pve1', vmId: 4001, memoryMiB: 512 };
const vm: SeenVm = {
  host: 'pve1',
  name: 'dc01',
  state: 'running',
  ours: true,
  marked: true,
  memoryMiB: 512,
  sameNetworks: true,
};

test('a VM that is what its node says is no drift, nor is a node that is destroyed', () => {
  expect(driftOf(node, vm)).toBeUndefined();
  expect(driftOf({ ...node, state: 'destroyed' }, undefined)).toBeUndefined();
});

test.each<[promise: string, node: Partial<ExpectedNode>, vm: Partial<SeenVm> | undefined, drift: NodeDrift]>([
  [
    'a VM that is gone is missing',
    {},
    undefined,
    { kind: 'missing', detail: 'dc01 has no VM: 4001 does not exist on the site.' },
  ],
  [
    'a node that its deploy did not reach is missing',
    { state: 'planned' },
    undefined,
    { kind: 'missing', detail: 'dc01 was never made: no VM 4001 exists on the site.' },
  ],
  [
    'a VM without our mark is foreign',
    {},
    { ours: false, marked: false, name: 'intruder' },
    {
      kind: 'foreign',
      detail: 'The id of dc01 is taken: VM 4001 on pve1 (intruder) carries no mark of ours.',
    },
  ],
  [
    'a VM with the mark of another node is foreign',
    {},
    { ours: false, name: '' },
    { kind: 'foreign', detail: 'The id of dc01 is taken: VM 4001 on pve1 carries the mark of something else.' },
  ],
  [
    'all that is different is told at once',
    {},
    { state: 'stopped', host: 'pve2', memoryMiB: 1024, sameNetworks: false, name: 'dc' },
    {
      kind: 'changed',
      detail:
        'dc01 (VM 4001 on pve2) is stopped, should be running; lives there, should live on pve1; has 1024 MiB of memory, ' +
        'should have 512 MiB; hangs on other networks than it should; is named dc, should be named dc01.',
    },
  ],
  [
    'a paused VM does not run',
    {},
    { state: 'paused' },
    { kind: 'changed', detail: 'dc01 (VM 4001 on pve1) is paused, should be running.' },
  ],
  [
    'a node whose outcome is unknown is told with what there is',
    { state: 'unknown' },
    {},
    {
      kind: 'changed',
      detail: 'dc01 (VM 4001 on pve1) is running, but what its last step came to could not be observed.',
    },
  ],
  [
    'a node that was left between two states is told',
    { state: 'starting' },
    { state: 'stopped' },
    { kind: 'changed', detail: 'dc01 (VM 4001 on pve1) is stopped, but was left starting when its job ended.' },
  ],
])('%s', (_promise, expected, seen, drift) => {
  expect(driftOf({ ...node, ...expected }, seen && { ...vm, ...seen })).toEqual(drift);
});

test('of a VM whose state the picture could not tell nothing is claimed but its host and its mark', () => {
  const hidden = { ...vm, state: 'unknown', name: '', memoryMiB: 0, sameNetworks: false } as const;
  expect(driftOf(node, hidden)).toBeUndefined();
  expect(driftOf(node, { ...hidden, host: 'pve2' })?.kind).toBe('changed');
});
