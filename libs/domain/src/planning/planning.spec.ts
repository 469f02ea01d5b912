import fc from 'fast-check';

import { BASELINE_MODES, type BaselineMode } from '../baseline';
import { JOB_KINDS } from '../jobs/job';
import { NODE_STATES } from '../ranges/range';
import { inDependencyOrder } from './dependency-order';
import type { PlanApply } from './plan-apply';
import { baselineStages, planBaselineUndo } from './plan-baseline';
import { planCompensation } from './plan-destroy';
import { PLANNERS } from './planners';
import { storageSlotOf, type PlanBaseline, type PlannedStep, type PlanNode } from './planned-step';

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

describe('baselines and resets', () => {
  const nodes = [
    aNode('fw', { state: 'running' }),
    aNode('dc', { state: 'running', dependsOn: ['fw'] }),
    aNode('spare', { state: 'stopped' }),
  ];
  const request = (mode: BaselineMode, stage = 1) => {
    return { nodes, networks: ['lan'], baseline: aBaseline(nodes, mode), stage };
  };

  test('a baseline of disks stops against the dependencies, keeps what is stopped, and wakes only when all is kept', () => {
    const halt = PLANNERS['baseline.create'](request('disk'));
    expect(find(halt, 'vm.stop:fw')?.dependsOn).toEqual(['vm.stop:dc']);
    for (const { name } of nodes) expect(find(halt, `vm.snapshot:${name}`)?.dependsOn).toEqual([`vm.stop:${name}`]);
    expect(keys(halt).filter((key) => key.startsWith('vm.start'))).toEqual([]);
    const wake = PLANNERS['baseline.create'](request('disk', 2));
    expect(find(wake, 'vm.start:dc')?.dependsOn).toEqual(['vm.ready:fw']);
    expect(keys(wake)).not.toContain('vm.start:spare');
    expect(find(wake, 'vm.inspect:spare')?.dependsOn).toEqual([]);
    expect(baselineStages({ mode: 'disk' })).toBe(2);
  });

  test('a baseline with memory suspends everything before the first snapshot, and resumes after the last', () => {
    const kinds = [1, 2, 3].map((stage) => [
      ...new Set(PLANNERS['baseline.create'](request('memory', stage)).map(({ kind }) => kind)),
    ]);
    expect(kinds).toEqual([['vm.suspend'], ['vm.snapshot'], ['vm.resume', 'vm.ready', 'vm.clock', 'vm.inspect']]);
    expect(baselineStages({ mode: 'memory' })).toBe(3);
  });

  test('what was begun of a baseline is undone: its snapshots go, and what ran runs again in its order', () => {
    const sent = [
      { kind: 'vm.stop', subject: 'dc' },
      { kind: 'vm.snapshot', subject: 'dc' },
      { kind: 'vm.stop', subject: 'fw' },
      { kind: 'vm.stop', subject: 'spare' },
    ] as const;
    const undo = planBaselineUndo({ ...request('disk'), sent });
    expect(keys(undo)).toEqual(['vm.start:fw', 'vm.ready:fw', 'vm.unsnapshot:dc', 'vm.start:dc', 'vm.ready:dc']);
    expect(find(undo, 'vm.start:dc')?.dependsOn).toEqual(['vm.unsnapshot:dc', 'vm.ready:fw']);
    const suspended = [{ kind: 'vm.suspend', subject: 'dc' }] as const;
    expect(keys(planBaselineUndo({ ...request('memory'), sent: suspended }))).toEqual(['vm.resume:dc']);
  });

  test('a reset rolls all back at once, starts in order, inspects every node, and probes when the probing nodes are ready', () => {
    const probed = nodes.map((node) => (node.name === 'fw' ? { ...node, probedFrom: ['dc'] } : node));
    const plan = PLANNERS['range.reset']({ ...request('disk'), nodes: probed });
    for (const { name } of nodes) expect(find(plan, `vm.rollback:${name}`)?.dependsOn).toEqual([]);
    expect(find(plan, 'vm.start:dc')?.dependsOn).toEqual(['vm.rollback:dc', 'network.ensure:lan', 'vm.ready:fw']);
    expect(find(plan, 'vm.inspect:spare')?.dependsOn).toEqual(['vm.rollback:spare']);
    expect(find(plan, 'vm.probe:fw')?.dependsOn).toEqual(['vm.inspect:fw', 'vm.ready:dc']);
    const memory = PLANNERS['range.reset'](request('memory'));
    expect(find(memory, 'vm.rollback:fw')?.dependsOn).toEqual(['network.ensure:lan']);
    expect(find(memory, 'vm.clock:fw')?.dependsOn).toEqual(['vm.ready:fw']);
  });

  test('a reset of some nodes leaves the others alone', () => {
    const plan = PLANNERS['node.reset']({ ...request('disk'), only: new Set(['dc']) });
    expect(new Set(plan.map(({ subject }) => subject))).toEqual(new Set(['lan', 'dc']));
    expect(find(plan, 'vm.start:dc')?.dependsOn).toEqual(['vm.rollback:dc', 'network.ensure:lan']);
  });
});

function aBaseline(nodes: readonly PlanNode[], mode: BaselineMode): PlanBaseline {
  const power = nodes.map(({ name, state }) => [name, state === 'running' ? 'running' : 'stopped'] as const);
  return { mode, power: new Map(power) };
}

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

/** Every third node is made, every third changed. */
function anApply(nodes: readonly PlanNode[]): PlanApply {
  const every = (rest: number) => new Set(nodes.map(({ name }) => name).filter((_, index) => index % 3 === rest));
  return {
    made: every(0),
    changed: every(1),
    running: new Set(nodes.map(({ name }) => name)),
    networksAdded: new Set(['net1']),
    networksRemoved: new Set(['net3']),
  };
}

test('every plan is in topological order, with each key once and tails that shrink along every edge', () => {
  fc.assert(
    fc.property(
      ranges,
      fc.constantFrom(...JOB_KINDS),
      fc.constantFrom(...BASELINE_MODES),
      fc.integer({ min: 1, max: 3 }),
      (nodes, kind, mode, stage) => {
        const standing = nodes.find((node) => node.state !== 'destroyed')?.name;
        fc.pre(standing !== undefined || !kind.startsWith('node.'));
        const plan = PLANNERS[kind]({
          nodes,
          networks: ['net0', 'net1', 'net2'],
          ...(standing ? { node: standing } : {}),
          baseline: aBaseline(nodes, mode),
          apply: anApply(nodes),
          stage,
        });
        const seen = new Map<string, PlannedStep>();
        for (const step of plan) {
          expect(seen.has(step.key)).toBe(false);
          for (const key of step.dependsOn) {
            expect(seen.get(key)?.tailMs).toBeGreaterThanOrEqual((seen.get(key)?.expectedMs ?? 0) + step.tailMs);
          }
          seen.set(step.key, step);
        }
      },
    ),
  );
});
