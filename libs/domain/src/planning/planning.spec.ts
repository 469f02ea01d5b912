import fc from 'fast-check';

import { JOB_KINDS } from '../jobs/job';
import { NODE_STATES } from '../ranges/range';
import { inDependencyOrder } from './dependency-order';
import { planCompensation } from './plan-destroy';
import { PLANNERS } from './planners';
import { storageSlotOf, type PlannedStep, type PlanNode } from './planned-step';

const aNode = (name: string, more: Partial<PlanNode> = {}): PlanNode => ({
  name,
  state: 'planned',
  host: 'h1',
  storage: 'ceph',
  dependsOn: [],
  networks: ['office'],
  ...more,
});

const keys = (plan: readonly PlannedStep[]) => plan.map((step) => step.key);
const find = (plan: readonly PlannedStep[], key: string) => plan.find((step) => step.key === key);
const edges = (plan: readonly PlannedStep[]) => plan.reduce((sum, step) => sum + step.dependsOn.length, 0);

describe('a deploy', () => {
  const plan = PLANNERS['range.deploy']({
    nodes: [aNode('ws', { dependsOn: ['dc'], networks: ['office', 'dmz'] }), aNode('dc')],
    networks: ['office', 'dmz'],
  });

  test('clones at once, configures on finished networks, starts after the nodes it depends on are ready', () => {
    expect(find(plan, 'vm.clone:ws')?.dependsOn).toEqual([]);
    expect(find(plan, 'vm.configure:ws')?.dependsOn).toEqual([
      'vm.clone:ws',
      'network.ensure:office',
      'network.ensure:dmz',
    ]);
    expect(find(plan, 'vm.start:ws')?.dependsOn).toEqual(['vm.configure:ws', 'vm.ready:dc']);
    expect(find(plan, 'vm.ready:ws')?.dependsOn).toEqual(['vm.start:ws']);
  });

  test('knows the longest path that hangs on each step', () => {
    expect(find(plan, 'vm.ready:ws')?.tailMs).toBe(20_000);
    expect(find(plan, 'vm.start:ws')?.tailMs).toBe(22_000);
    expect(find(plan, 'vm.clone:dc')?.tailMs).toBe(4_000 + 1_000 + 22_000 + 22_000);
    expect(find(plan, 'vm.clone:ws')?.tailMs).toBe(4_000 + 1_000 + 22_000);
  });

  test('loads host and storage with a clone, the host with short calls, nothing with a boot', () => {
    expect(find(plan, 'vm.clone:ws')).toMatchObject({ host: 'h1', storage: 'ceph' });
    expect(find(plan, 'vm.configure:ws')).toMatchObject({ host: 'h1' });
    expect(find(plan, 'vm.configure:ws')).not.toHaveProperty('storage');
    expect(find(plan, 'vm.ready:ws')).not.toHaveProperty('host');
  });

  test('takes measured times, and the longer ones of a full clone, where there are any', () => {
    const measured = PLANNERS['range.deploy']({
      nodes: [aNode('a', { fullClone: true, readyTimeoutMs: 5_000 }), aNode('b', { host: 'h2' })],
      networks: ['office'],
      timesOf: (kind, host) => (kind === 'vm.clone' && host === 'h2' ? 777 : undefined),
    });
    expect(find(measured, 'vm.clone:a')?.expectedMs).toBe(60_000);
    expect(find(measured, 'vm.clone:b')?.expectedMs).toBe(777);
    expect(find(measured, 'vm.ready:a')?.timeoutMs).toBe(5_000);
  });

  test('of 10,000 nodes is planned in about a second, with four steps and five edges a node', () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => aNode(`n${i}`, { dependsOn: i === 0 ? [] : [`n${i - 1}`] }));
    const began = performance.now();
    const large = PLANNERS['range.deploy']({ nodes, networks: ['office'] });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(large).toHaveLength(40_001);
    expect(edges(large)).toBe(5 * 10_000 - 1);
  });
});

describe('a destroy', () => {
  test('removes what stands, whatever state it is in, and each network after its nodes', () => {
    const plan = PLANNERS['range.destroy']({
      nodes: [
        aNode('a', { state: 'running' }),
        aNode('b', { state: 'destroyed' }),
        aNode('c', { state: 'unknown', networks: ['dmz'] }),
      ],
      networks: ['office', 'dmz', 'empty'],
    });
    expect(keys(plan)).toEqual([
      'vm.destroy:a',
      'vm.destroy:c',
      'network.remove:office',
      'network.remove:dmz',
      'network.remove:empty',
    ]);
    expect(find(plan, 'network.remove:office')?.dependsOn).toEqual(['vm.destroy:a']);
    expect(find(plan, 'network.remove:empty')?.dependsOn).toEqual([]);
  });

  test('by compensation removes exactly what was sent to be made', () => {
    const plan = planCompensation({
      nodes: [aNode('a', { state: 'creating' }), aNode('b')],
      networks: ['office', 'dmz'],
      sent: [
        { kind: 'network.ensure', subject: 'office' },
        { kind: 'vm.clone', subject: 'a' },
      ],
    });
    expect(keys(plan)).toEqual(['vm.destroy:a', 'network.remove:office']);
  });
});

describe('start and stop', () => {
  const nodes = [
    aNode('fw', { state: 'running' }),
    aNode('dc', { state: 'stopped', dependsOn: ['fw'] }),
    aNode('ws', { state: 'stopped', dependsOn: ['dc'] }),
  ];

  test('a start follows the dependencies, and looks also at what should be running', () => {
    const plan = PLANNERS['range.start']({ nodes, networks: [] });
    const steps = ['fw', 'dc', 'ws'].flatMap((name) => [`vm.start:${name}`, `vm.ready:${name}`]);
    expect(keys(plan)).toEqual(steps);
    expect(find(plan, 'vm.start:dc')?.dependsOn).toEqual(['vm.ready:fw']);
    expect(find(plan, 'vm.start:ws')?.dependsOn).toEqual(['vm.ready:dc']);
  });

  test('a stop goes the other way', () => {
    const plan = PLANNERS['range.stop']({ nodes, networks: [] });
    expect(keys(plan)).toEqual(['vm.stop:ws', 'vm.stop:dc', 'vm.stop:fw']);
    expect(find(plan, 'vm.stop:fw')?.dependsOn).toEqual(['vm.stop:dc']);
  });

  test('a job on one node touches no other', () => {
    expect(keys(PLANNERS['node.start']({ nodes, networks: [], node: 'ws' }))).toEqual(['vm.start:ws', 'vm.ready:ws']);
    expect(keys(PLANNERS['node.start']({ nodes, networks: [], node: 'fw' }))).toEqual(['vm.start:fw', 'vm.ready:fw']);
    expect(keys(PLANNERS['node.stop']({ nodes, networks: [], node: 'fw' }))).toEqual(['vm.stop:fw']);
    expect(keys(PLANNERS['node.snapshot']({ nodes, networks: [], node: 'dc' }))).toEqual(['vm.snapshot:dc']);
    expect(() => PLANNERS['node.stop']({ nodes, networks: [], node: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'node.not_found' }),
    );
  });
});

test('a check of the site is one step', () => {
  expect(keys(PLANNERS['site.check']({ nodes: [], networks: [] }))).toEqual(['site.check:site']);
});

test('a circle of dependencies is refused by name', () => {
  const circle = [aNode('a', { dependsOn: ['b'] }), aNode('b', { dependsOn: ['a'] }), aNode('c')];
  expect(() => inDependencyOrder(circle)).toThrow('These nodes depend on each other in a circle: a, b.');
});

test('local storages of one name are counted for each host, shared ones once', () => {
  expect(storageSlotOf('local-lvm', false, 'h1')).not.toBe(storageSlotOf('local-lvm', false, 'h2'));
  expect(storageSlotOf('ceph', true, 'h1')).toBe(storageSlotOf('ceph', true, 'h2'));
});

/** Ranges whose nodes depend on earlier ones only, in any mixture of states. */
const ranges = fc
  .array(fc.record({ state: fc.constantFrom(...NODE_STATES), dependsOn: fc.array(fc.nat(30)), network: fc.nat(2) }), {
    minLength: 1,
  })
  .map((drafts) =>
    drafts.map((draft, index) =>
      aNode(`n${index}`, {
        state: draft.state,
        dependsOn: draft.dependsOn.filter((dependency) => dependency < index).map((dependency) => `n${dependency}`),
        networks: [`net${draft.network}`],
      }),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

test('every plan is in topological order, with each key once and tails that shrink along every edge', () => {
  fc.assert(
    fc.property(ranges, fc.constantFrom(...JOB_KINDS), (nodes, kind) => {
      const standing = nodes.find((node) => node.state !== 'destroyed')?.name;
      fc.pre(standing !== undefined || !kind.startsWith('node.'));
      const plan = PLANNERS[kind]({
        nodes,
        networks: ['net0', 'net1', 'net2'],
        ...(standing ? { node: standing } : {}),
      });
      const seen = new Map<string, PlannedStep>();
      for (const step of plan) {
        expect(seen.has(step.key)).toBe(false);
        for (const key of step.dependsOn) {
          expect(seen.get(key)?.tailMs).toBeGreaterThanOrEqual((seen.get(key)?.expectedMs ?? 0) + step.tailMs);
        }
        seen.set(step.key, step);
      }
    }),
  );
});
