import fc from 'fast-check';

import { planDeploy, type PlannedStep, type PlanNode } from '../planning';
import { leastTimeOf, lowerBound, oneAfterAnotherMs } from './bound';
import { simulateSchedule, type JobStep } from './simulate-schedule';
import type { TimedStep } from './step-graph';
import { tailsOnSlots } from './tails-on-slots';

const timed = (plan: readonly PlannedStep[]): TimedStep[] =>
  plan.map((step) => ({ ...step, durationMs: step.expectedMs }));

const aClone = (key: string, more: Partial<TimedStep> = {}): TimedStep => ({
  key,
  dependsOn: [],
  durationMs: 4,
  host: 'h1',
  ...more,
});
const clones = (count: number) => Array.from({ length: count }, (_, i) => aClone(`c${i}`));

const aRange = (count: number, hosts: number): PlanNode[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `n${i}`,
    state: 'planned',
    host: `h${i % hosts}`,
    storage: 'ceph',
    dependsOn: [],
    networks: ['office'],
  }));

describe('the load of a resource', () => {
  test.each([
    ['nine equal steps on eight slots take two turns', Array<number>(9).fill(4), 8, 8],
    ['steps that divide evenly take their mean', [4, 4, 4, 4], 2, 8],
    ['one long step is not split', [10, 1, 1], 2, 10],
    ['the third of three long steps waits for the shortest of them', [6, 5, 4], 2, 9],
    ['nothing takes no time', [], 3, 0],
  ])('%s', (_promise, durations, slots, least) => {
    expect(leastTimeOf(durations, slots)).toBe(least);
  });
});

test('the bound of a chain is its length', () => {
  const chain = [
    aClone('a'),
    aClone('b', { dependsOn: ['a'], host: 'h2' }),
    aClone('c', { dependsOn: ['b'], host: 'h3' }),
  ];
  expect(lowerBound(chain, { perHost: 8, perStorage: 8 })).toMatchObject({ boundMs: 12, longestChainMs: 12 });
});

test('the bound of a resource is earliest head, load in whole steps, shortest tail', () => {
  const network: TimedStep = { key: 'net', dependsOn: [], durationMs: 3 };
  const work = clones(5).map((step) => ({ ...step, dependsOn: ['net'] }));
  const boots = work.map((step, i): TimedStep => ({ key: `boot${i}`, dependsOn: [step.key], durationMs: 20 + i }));
  const bound = lowerBound([network, ...work, ...boots], { perHost: 2, perStorage: 1 });
  expect(bound.resources).toEqual([
    { resource: 'host h1', slots: 2, steps: 5, headMs: 3, loadMs: 12, tailMs: 20, boundMs: 35 },
  ]);
  expect(bound.boundMs).toBe(35);
});

test('steps that cannot begin early bind by themselves', () => {
  const early = clones(2);
  const gate: TimedStep = { key: 'gate', dependsOn: ['c0'], durationMs: 100 };
  const late = [1, 2, 3].map((i) => aClone(`late${i}`, { dependsOn: ['gate'] }));
  expect(lowerBound([...early, gate, ...late], { perHost: 2, perStorage: 1 }).resources).toEqual([
    { resource: 'host h1', slots: 2, steps: 3, headMs: 104, loadMs: 8, tailMs: 0, boundMs: 112 },
  ]);
});

test('a shared storage can bind where no host does', () => {
  const work = Array.from({ length: 8 }, (_, i) => aClone(`c${i}`, { host: `h${i}`, storage: 'ceph' }));
  const bound = lowerBound(work, { perHost: 1, perStorage: 2 });
  expect(bound.resources[0]).toMatchObject({ resource: 'storage ceph', boundMs: 16 });
});

test('what a storage lets through late and what begins late bind the hosts together', () => {
  const gate: TimedStep = { key: 'gate', dependsOn: [], durationMs: 8 };
  const kept = [1, 2, 3, 4, 5, 6].map((i) => aClone(`kept${i}`, { storage: 'ceph' }));
  const late = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => aClone(`late${i}`, { dependsOn: ['gate'] }));
  const bound = lowerBound([gate, ...kept, ...late], { perHost: 2, perStorage: 1 });
  // At 8 the storage has let two of six through: four of them and eight late ones are left to two slots.
  expect(bound).toMatchObject({ coupledMs: 32, boundMs: 32 });
  expect(bound.resources[0]).toMatchObject({ resource: 'host h1', boundMs: 28 });
});

test('equal independent steps are scheduled exactly at the bound', () => {
  const slots = { perHost: 3, perStorage: 1 };
  expect(simulateSchedule(clones(10), slots).endMs).toBe(lowerBound(clones(10), slots).boundMs);
});

/** One router, three servers that wait for it, and workstations that each wait for a server. */
const inLayers = (nodes: readonly PlanNode[]) =>
  nodes.map((node, i) => ({ ...node, dependsOn: i === 0 ? [] : [i <= 3 ? 'n0' : `n${1 + (i % 3)}`] }));

test.each([
  [10, 1],
  [10, 8],
  [50, 2],
  [100, 4],
  [500, 2],
])('the order of dispatch comes within 5 %% of the bound: %i nodes, %i slots a host', (count, perHost) => {
  const slots = { perHost, perStorage: 12 };
  for (const nodes of [aRange(count, 4), inLayers(aRange(count, 4))]) {
    const steps = timed(planDeploy({ nodes, networks: ['office'] }));
    const { endMs } = simulateSchedule(steps, slots);
    expect(lowerBound(steps, slots).boundMs / endMs).toBeGreaterThan(0.95);
    expect(endMs).toBeLessThan(oneAfterAnotherMs(steps));
  }
});

test('two nodes behind 200 of another tenant end within twice their time alone and one longest step', () => {
  const ofJob = (tenantId: string, count: number, arrivesAtMs: number): JobStep[] =>
    timed(planDeploy({ nodes: aRange(count, 4), networks: ['office'] })).map((step) => ({
      ...step,
      key: `${tenantId}/${step.key}`,
      dependsOn: step.dependsOn.map((key) => `${tenantId}/${key}`),
      tenantId,
      jobId: tenantId,
      arrivesAtMs,
    }));
  const endOf = (steps: readonly JobStep[], tenantId: string) => {
    const { startMs } = simulateSchedule(steps, { perHost: 2, perStorage: 6 });
    return Math.max(
      ...steps
        .filter((step) => step.tenantId === tenantId)
        .map((step) => (startMs.get(step.key) ?? 0) + step.durationMs),
    );
  };
  const small = ofJob('blue', 2, 1_500);
  const alone = endOf(small, 'blue') - 1_500;
  const behind = endOf([...ofJob('red', 200, 0), ...small], 'blue') - 1_500;
  expect(behind).toBeLessThanOrEqual(2 * alone + 20_000);
});

const graphs = fc
  .array(
    fc.record({
      durationMs: fc.integer({ min: 1, max: 50 }),
      host: fc.constantFrom('h1', 'h2', undefined),
      storage: fc.constantFrom('s1', undefined),
      dependsOn: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((drafts) =>
    drafts.map((draft, index) => ({
      ...draft,
      key: `s${index}`,
      dependsOn: [...new Set(draft.dependsOn)].filter((before) => before < index).map((before) => `s${before}`),
    })),
  );
const limits = fc.record({ perHost: fc.integer({ min: 1, max: 3 }), perStorage: fc.integer({ min: 1, max: 3 }) });

test('no schedule beats the bound, and every schedule keeps order and slots', () => {
  fc.assert(
    fc.property(graphs, limits, (steps, slots) => {
      const tails = tailsOnSlots(steps, slots);
      const byTails = steps.map((step, index) => ({ ...step, tailMs: tails[index] as number }));
      const byPaths = simulateSchedule(steps, slots);
      const { endMs, startMs } = simulateSchedule(byTails, slots);
      expect(endMs).toBeLessThanOrEqual(byPaths.endMs);
      expect(endMs).toBeGreaterThanOrEqual(lowerBound(steps, slots).boundMs - 1e-6);
      const endOf = (key: string) =>
        (startMs.get(key) as number) + (steps.find((step) => step.key === key)?.durationMs ?? 0);
      for (const step of steps) {
        const start = startMs.get(step.key) as number;
        for (const before of step.dependsOn) expect(start).toBeGreaterThanOrEqual(endOf(before));
        const beside = steps.filter((other) => (startMs.get(other.key) as number) <= start && endOf(other.key) > start);
        if (step.host)
          expect(beside.filter((other) => other.host === step.host).length).toBeLessThanOrEqual(slots.perHost);
        if (step.storage)
          expect(beside.filter((other) => other.storage === step.storage).length).toBeLessThanOrEqual(slots.perStorage);
      }
    }),
    { numRuns: 300 },
  );
});

test('a plan that has no slot to run on is said to be impossible', () => {
  expect(() => simulateSchedule(clones(1), { perHost: 0, perStorage: 1 })).toThrow('can never begin');
});
