import fc from 'fast-check';

import type { ExpectedNode, SeenVm } from '../drift';
import { driftOf } from '../drift';
import { NODE_STATES } from '../ranges/range';
import { planRepair } from './plan-repair';
import type { PlanNode, PlannedStep } from './planned-step';
import { PLANNERS } from './planners';
import { repairOf, type NodeRepair, type RepairedRange } from './repair-node';

const READY: RepairedRange = { state: 'ready', desired: 'running' };
const DEGRADED: RepairedRange = { state: 'degraded', desired: 'running' };
const node: ExpectedNode = { name: 'dc', state: 'running', host: 'h1', vmId: 4001, memoryMiB: 512 };
const vm: SeenVm = {
  host: 'h1',
  name: 'dc',
  state: 'running',
  ours: true,
  marked: true,
  memoryMiB: 512,
  sameNetworks: true,
};
const ALL = ['vm.clone', 'vm.configure', 'vm.start', 'vm.ready'];

test.each<[promise: string, node: Partial<ExpectedNode>, vm: Partial<SeenVm> | undefined, RepairedRange, string[]]>([
  ['a VM that is as it should be is left alone', {}, {}, READY, []],
  ['a VM that is gone is made again', {}, undefined, READY, ALL],
  ['a VM that is gone and was stopped is made, not started', { state: 'stopped' }, undefined, READY, ALL.slice(0, 2)],
  ['a stopped VM is started', {}, { state: 'stopped' }, READY, ['vm.start', 'vm.ready']],
  ['a paused VM is resumed', {}, { state: 'paused' }, READY, ['vm.start', 'vm.ready']],
  ['a VM that was to be gone is removed', { name: 'dc~old', state: 'stopped' }, {}, DEGRADED, ['vm.destroy']],
  ['one that is gone already is not', { name: 'dc~new' }, undefined, DEGRADED, []],
  ['one whose id somebody else has is not', { name: 'dc~old' }, { ours: false }, DEGRADED, []],
  ['a started VM is stopped', { state: 'stopped' }, { state: 'running' }, READY, ['vm.stop']],
  ['a node that was stopped by a job stays stopped', { state: 'stopped' }, { state: 'stopped' }, READY, []],
  [
    'in a degraded range every node is to be what was asked for last',
    { state: 'stopped' },
    { state: 'stopped' },
    DEGRADED,
    ['vm.start', 'vm.ready'],
  ],
  [
    'in a degraded range that was to be stopped what runs is stopped',
    {},
    {},
    { state: 'degraded', desired: 'stopped' },
    ['vm.stop'],
  ],
  [
    'a range whose destroy was given up runs again',
    { state: 'destroyed' },
    undefined,
    { state: 'degraded', desired: 'destroyed' },
    ALL,
  ],
  [
    'networks are set back without a stop',
    {},
    { sameNetworks: false },
    READY,
    ['vm.configure', 'vm.start', 'vm.ready'],
  ],
  [
    'memory is set back while the VM is stopped',
    {},
    { memoryMiB: 1024 },
    READY,
    ['vm.configure', 'vm.start', 'vm.ready', 'vm.stop'],
  ],
  [
    'a stopped VM is configured as it is',
    { state: 'stopped' },
    { state: 'stopped', name: 'x' },
    READY,
    ['vm.configure'],
  ],
  ['a node whose outcome is unknown is looked at from its clone on', { state: 'unknown' }, {}, DEGRADED, ALL],
  ['a node that was left half-made is finished', { state: 'creating' }, { state: 'stopped' }, DEGRADED, ALL],
  ['a node that was left starting is started', { state: 'starting' }, { state: 'stopped' }, DEGRADED, ALL.slice(2)],
  ['a state that the picture cannot tell is no reason to act', {}, { state: 'unknown', name: '' }, READY, []],
])('%s', (_promise, expected, seen, range, kinds) => {
  const repair = repairOf({ ...node, ...expected }, seen && { ...vm, ...seen }, range);
  expect([...repair.steps].sort()).toEqual([...kinds].sort());
  expect(repair.needsOtherId).toBe(false);
});

test('a foreign VM on the id makes the node take another; one that may be its own clone does not', () => {
  const foreign = { ...vm, ours: false, marked: false };
  expect(repairOf(node, foreign, READY)).toMatchObject({ needsOtherId: true, isMade: true });
  expect(repairOf({ ...node, state: 'planned' }, foreign, DEGRADED).needsOtherId).toBe(true);
  expect(repairOf({ ...node, state: 'creating' }, foreign, DEGRADED)).toMatchObject({
    needsOtherId: false,
    isMade: false,
  });
  expect(repairOf({ ...node, state: 'creating' }, { ...foreign, marked: true }, DEGRADED).needsOtherId).toBe(true);
});

test('a VM that was moved stays where it was found', () => {
  expect(repairOf(node, { ...vm, host: 'h2' }, READY)).toMatchObject({ livesOn: 'h2', steps: new Set() });
});

const seenVms = fc.record<SeenVm>({
  host: fc.constantFrom('h1', 'h2'),
  name: fc.constantFrom('dc', 'x'),
  state: fc.constantFrom('running', 'stopped', 'paused', 'unknown'),
  ours: fc.boolean(),
  marked: fc.boolean(),
  memoryMiB: fc.constantFrom(512, 1024),
  sameNetworks: fc.boolean(),
});

test('in a range that is not degraded exactly what drifts is touched', () => {
  fc.assert(
    fc.property(fc.constantFrom('running', 'stopped'), fc.option(seenVms, { nil: undefined }), (state, seen) => {
      const expected = { ...node, state: state };
      const repair = repairOf(expected, seen, READY);
      const touched = repair.steps.size > 0 || repair.livesOn !== undefined;
      expect(touched).toBe(driftOf(expected, seen) !== undefined);
    }),
  );
});

test('a repair looks at the site before it plans anything else', () => {
  const plan = PLANNERS['range.repair']({ nodes: [], networks: ['office'] });
  expect(plan.map(({ key }) => key)).toEqual(['site.observe:site']);
});

const planNode = (name: string, dependsOn: readonly string[] = []): PlanNode => ({
  name,
  state: 'running',
  host: 'h1',
  storage: 'ceph',
  dependsOn,
  networks: ['office'],
});
const repairs = (entries: Record<string, readonly string[]>) =>
  new Map(
    Object.entries(entries).map(([name, kinds]) => [
      name,
      { needsOtherId: false, isMade: false, steps: new Set(kinds) } as NodeRepair,
    ]),
  );
const find = (plan: readonly PlannedStep[], key: string) => plan.find((step) => step.key === key);

test('a plan makes, stops against the dependencies, configures, and starts along them', () => {
  const plan = planRepair({
    nodes: [planNode('ws', ['dc']), planNode('dc'), planNode('fine')],
    networks: ['office'],
    repairs: repairs({ ws: ['vm.stop'], dc: ['vm.stop', 'vm.configure', 'vm.start', 'vm.ready'], fine: [] }),
  });

  expect(plan.map(({ key }) => key)).toEqual([
    'network.ensure:office',
    'vm.stop:ws',
    'vm.stop:dc',
    'vm.configure:dc',
    'vm.start:dc',
    'vm.ready:dc',
  ]);
  expect(find(plan, 'vm.stop:dc')?.dependsOn).toEqual(['vm.stop:ws']);
  expect(find(plan, 'vm.configure:dc')?.dependsOn).toEqual(['vm.stop:dc', 'network.ensure:office']);
});

test('a node starts after those that it depends on, where they have to be made ready', () => {
  const plan = planRepair({
    nodes: [planNode('ws', ['dc', 'fine']), planNode('dc'), planNode('fine')],
    networks: ['office'],
    repairs: repairs({ ws: ['vm.start', 'vm.ready'], dc: ALL }),
  });
  expect(find(plan, 'vm.start:ws')?.dependsOn).toEqual(['vm.ready:dc']);
  expect(find(plan, 'vm.configure:dc')?.dependsOn).toEqual(['vm.clone:dc', 'network.ensure:office']);
});

test('whatever there is, a plan names earlier steps only', () => {
  const nodes = [planNode('a'), planNode('b', ['a']), planNode('c', ['a', 'b'])];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...NODE_STATES), fc.option(seenVms, { nil: undefined })), {
        minLength: 3,
        maxLength: 3,
      }),
      fc.constantFrom<RepairedRange>(READY, DEGRADED, { state: 'degraded', desired: 'stopped' }),
      (states, range) => {
        const found = new Map(
          nodes.map(({ name }, index) => {
            const [state, seen] = states[index] ?? ['running', undefined];
            return [name, repairOf({ ...node, name, state }, seen, range)] as const;
          }),
        );
        const plan = planRepair({ nodes, networks: ['office'], repairs: found });
        plan.forEach((step, index) => {
          const earlier = plan.slice(0, index).map(({ key }) => key);
          expect(step.dependsOn.every((key) => earlier.includes(key))).toBe(true);
        });
      },
    ),
  );
});
