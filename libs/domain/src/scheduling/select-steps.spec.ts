import fc from 'fast-check';

import type { BusyStep, ReadyStep } from './dispatch-queue';
import { selectSteps, type SelectionRequest } from './select-steps';
import { resourcesOf, SlotLedger, type SlotLimits } from './slots';

const NOW = 1_000_000;

const aStep = (id: string, more: Partial<ReadyStep> = {}): ReadyStep => ({
  id,
  tenantId: 'red',
  jobId: 'job-1',
  jobCreatedAt: 0,
  expectedMs: 1_000,
  tailMs: 1_000,
  host: 'h1',
  ...more,
});

const select = (more: Partial<SelectionRequest>) =>
  selectSteps({ ready: [], inFlight: [], slots: { perHost: 2, perStorage: 2 }, tenants: new Map(), now: NOW, ...more });
const ids = (more: Partial<SelectionRequest>) => select(more).chosen.map((step) => step.id);

test('a host takes as many steps as it has slots, counting those in flight', () => {
  const ready = [aStep('a'), aStep('b'), aStep('c')];
  expect(ids({ ready })).toEqual(['a', 'b']);
  expect(ids({ ready, inFlight: [{ tenantId: 'red', host: 'h1', storage: null }] })).toEqual(['a']);
  expect(ids({ ready, inFlight: [{ tenantId: 'red', host: 'h1', count: 2 }] })).toEqual([]);
});

test('a step waits for its storage even when its host is free', () => {
  const ready = ['a', 'b', 'c'].map((id) => aStep(id, { host: id, storage: 'ceph' }));
  expect(ids({ ready })).toEqual(['a', 'b']);
});

test('a step that takes no slot begins, however full the site is', () => {
  const full: BusyStep[] = [1, 2].map(() => ({ tenantId: 'red', host: 'h1' }));
  expect(ids({ ready: [aStep('boot', { host: undefined }), aStep('a')], inFlight: full })).toEqual(['boot']);
});

test('the older job goes first, and within a job the step with the longest path behind it', () => {
  const ready = [
    aStep('young', { jobId: 'job-2', jobCreatedAt: 5, tailMs: 9_000 }),
    aStep('short', { tailMs: 2_000 }),
    aStep('long', { tailMs: 3_000 }),
  ];
  expect(ids({ ready, slots: { perHost: 3, perStorage: 1 } })).toEqual(['long', 'short', 'young']);
});

test('paths about as long spread over the hosts, the least busy one first', () => {
  const ready = ['a', 'b', 'c'].flatMap((id, n) => [
    aStep(`${id}1`, { host: 'h1', storage: 'ceph', tailMs: 10_000 }),
    aStep(`${id}2`, { host: 'h2', storage: 'ceph', tailMs: 9_500 - n }),
  ]);
  const slots = { perHost: 4, perStorage: 4 };
  expect(ids({ ready, slots })).toEqual(['a1', 'a2', 'b1', 'b2']);
  const busy = [{ tenantId: 'red', host: 'h1', count: 2 }];
  expect(ids({ ready, slots, inFlight: busy })).toEqual(['a2', 'b2', 'a1', 'c2']);
});

test('a path that is clearly longer goes first, also on the busier host', () => {
  const ready = [
    aStep('long', { host: 'h1', storage: 'ceph', tailMs: 10_000 }),
    aStep('short', { host: 'h2', storage: 'ceph', tailMs: 8_000 }),
  ];
  const inFlight = [{ tenantId: 'red', host: 'h1', count: 1 }];
  expect(ids({ ready, inFlight, slots: { perHost: 2, perStorage: 1 } })).toEqual(['long']);
});

test('a full host holds back its own steps only', () => {
  const ready = [
    aStep('a'),
    aStep('b'),
    aStep('c'),
    aStep('elsewhere', { host: 'h2', jobId: 'later', jobCreatedAt: 9 }),
  ];
  expect(ids({ ready })).toEqual(['a', 'b', 'elsewhere']);
});

test('a newcomer gets every other slot from a tenant with thousands of steps', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => aStep(`red-${i}`));
  const few = [1, 2].map((i) => aStep(`blue-${i}`, { tenantId: 'blue', jobId: 'job-9', jobCreatedAt: 99 }));
  const chosen = ids({ ready: [...many, ...few], slots: { perHost: 4, perStorage: 1 } });
  expect(chosen.filter((id) => id.startsWith('blue'))).toHaveLength(2);
});

test('the tenant that holds fewer slots goes first when both have had their turns', () => {
  const ready = [aStep('a'), aStep('b', { tenantId: 'zulu' })];
  const inFlight = [{ tenantId: 'red', host: 'h1' }];
  expect(ids({ ready, inFlight })).toEqual(['b']);
});

test('a step in its back-off is not chosen before it is due', () => {
  expect(ids({ ready: [aStep('later', { dueAt: NOW + 1 }), aStep('due', { dueAt: NOW })] })).toEqual(['due']);
});

test('being idle earns nothing, and a debt is paid back while others are served', () => {
  const tenants = new Map([['idle', 500]]);
  const { deficits } = select({ ready: [aStep('a', { expectedMs: 200 })], tenants });
  expect(deficits).toEqual(new Map([['idle', 300]]));
});

test('10,000 ready steps are chosen from in well under a second', () => {
  const ready = Array.from({ length: 10_000 }, (_, i) =>
    aStep(`s${i}`, { host: `h${i % 32}`, storage: 'ceph', tenantId: `t${i % 50}` }),
  );
  const began = performance.now();
  const { chosen } = select({ ready, slots: { perHost: 8, perStorage: 100 } });
  expect(chosen).toHaveLength(100);
  expect(performance.now() - began).toBeLessThan(1_000);
});

const loads = {
  tenantId: fc.constantFrom('red', 'blue', 'green'),
  host: fc.constantFrom('h1', 'h2', undefined),
  storage: fc.constantFrom('s1', 's2', undefined),
};
const readySteps = fc
  .array(fc.record({ ...loads, job: fc.nat(3), expectedMs: fc.integer({ min: 1, max: 100 }), tailMs: fc.nat(500) }), {
    maxLength: 40,
  })
  .map((drafts) =>
    drafts.map(({ job, ...draft }, index) =>
      aStep(`s${index}`, { ...draft, jobId: `job-${draft.tenantId}-${job}`, jobCreatedAt: job }),
    ),
  );
const limits: fc.Arbitrary<SlotLimits> = fc.record({
  perHost: fc.integer({ min: 1, max: 4 }),
  perStorage: fc.integer({ min: 1, max: 4 }),
});
const requests = fc.record({
  ready: readySteps,
  inFlight: fc.array(fc.record(loads), { maxLength: 6 }),
  slots: limits,
  tenants: fc.array(fc.tuple(loads.tenantId, fc.nat(1_000))).map((entries) => new Map(entries)),
  now: fc.constant(NOW),
});

test('no resource is ever given more steps than it has slots', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const ledger = new SlotLedger(request.slots, request.inFlight);
      for (const step of selectSteps(request).chosen) {
        expect(ledger.hasRoomFor(resourcesOf(step))).toBe(true);
        ledger.take(resourcesOf(step));
      }
    }),
  );
});

test('no slot stays free that a ready step could use', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { chosen } = selectSteps(request);
      const ledger = new SlotLedger(request.slots, [...request.inFlight, ...chosen]);
      const left = request.ready.filter((step) => !chosen.includes(step));
      expect(left.filter((step) => ledger.hasRoomFor(resourcesOf(step)))).toEqual([]);
    }),
  );
});

test('the choice does not depend on the order in which the steps are listed', () => {
  const shuffled = requests.chain((request) =>
    fc.record({
      request: fc.constant(request),
      ready: fc.shuffledSubarray(request.ready, { minLength: request.ready.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ request, ready }) => {
      expect(selectSteps({ ...request, ready })).toEqual(selectSteps(request));
    }),
  );
});

test('tenants that always have work for the same slots differ by one longest step at most', () => {
  const durations = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(durations, { minLength: 2, maxLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (ofTenants, perHost) => {
        const backlog = ofTenants.flatMap((ofTenant, tenant) =>
          ofTenant.map((expectedMs, i) =>
            aStep(`t${tenant}-${i}`, { tenantId: `t${tenant}`, expectedMs, tailMs: 60 - i }),
          ),
        );
        const longest = Math.max(...ofTenants.flat());
        const served = new Map(ofTenants.map((_, tenant) => [`t${tenant}`, 0]));
        const done = new Set<string>();
        let tenants: ReadonlyMap<string, number> = new Map();
        for (let round = 0; round < 20; round++) {
          const ready = backlog.filter((step) => !done.has(step.id));
          const selection = selectSteps({ ready, inFlight: [], slots: { perHost, perStorage: 1 }, tenants, now: NOW });
          tenants = selection.deficits;
          for (const step of selection.chosen) {
            done.add(step.id);
            served.set(step.tenantId, (served.get(step.tenantId) as number) + step.expectedMs);
          }
          const everyoneHasWork = ofTenants.every((_, tenant) =>
            backlog.some((step) => step.tenantId === `t${tenant}` && !done.has(step.id)),
          );
          if (!everyoneHasWork) return;
          expect(Math.max(...served.values()) - Math.min(...served.values())).toBeLessThanOrEqual(longest);
        }
      },
    ),
    { numRuns: 50 },
  );
});
