import { estimateEnds, estimatePlan, type RemainingStep } from './estimate-ends';

const SLOTS = { perHost: 2, perStorage: 2 };
const aStep = (id: string, more: Partial<RemainingStep> = {}): RemainingStep => ({
  id,
  jobId: 'job-1',
  tenantId: 'red',
  host: 'alpha',
  storage: null,
  successors: [],
  inFlight: false,
  leftMs: 1_000,
  tailMs: 1_000,
  ...more,
});
const many = (count: number, jobId = 'job-1') =>
  Array.from({ length: count }, (_, index) => aStep(`${jobId}-${index}`, { jobId }));

test('steps wait for slots: ten seconds of work on two slots take five', () => {
  expect(estimateEnds(many(10), SLOTS).get('job-1')).toBe(5_000);
});

test('steps wait for those before them, and what has ended is waited for by nobody', () => {
  const steps = [aStep('start', { successors: ['ready', 'gone'] }), aStep('ready', { host: null, leftMs: 20_000 })];
  expect(estimateEnds(steps, SLOTS).get('job-1')).toBe(21_000);
});

test('what is in flight has its slot, and should end at any moment once it is late', () => {
  const steps = [
    ...many(2),
    aStep('late', { jobId: 'job-2', inFlight: true, leftMs: -500 }),
    aStep('sent', { jobId: 'job-2', inFlight: true, leftMs: 400 }),
  ];
  expect(estimateEnds(steps, SLOTS)).toEqual(
    new Map([
      ['job-1', 1_400],
      ['job-2', 400],
    ]),
  );
});

test('a younger job waits for the slots of an older one', () => {
  expect(estimateEnds([...many(4), ...many(2, 'job-2')], SLOTS)).toEqual(
    new Map([
      ['job-1', 2_000],
      ['job-2', 3_000],
    ]),
  );
});

test('after so many steps as are played through jobs are told what the slots can do at best, and quickly', () => {
  const begun = performance.now();
  const ends = estimateEnds([...many(100), ...many(9_900, 'job-2')], SLOTS);

  expect(ends).toEqual(
    new Map([
      ['job-1', 50_000],
      ['job-2', 5_000_000],
    ]),
  );
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test('a job of more steps than are played through has an estimate all the same', () => {
  expect(estimateEnds(many(3_000), SLOTS).get('job-1')).toBe(1_500_000);
});

test('a plan that has the slots to itself takes as long as a job of the same steps', () => {
  const step = { subject: 's', timeoutMs: 1, maxAttempts: 1 };
  const plan = [
    { ...step, key: 'a', kind: 'vm.clone', dependsOn: [], host: 'alpha', expectedMs: 4_000, tailMs: 4_000 },
    { ...step, key: 'b', kind: 'vm.clone', dependsOn: [], host: 'alpha', expectedMs: 4_000, tailMs: 24_000 },
    { ...step, key: 'c', kind: 'vm.clone', dependsOn: [], host: 'alpha', expectedMs: 4_000, tailMs: 24_000 },
    { ...step, key: 'd', kind: 'vm.ready', dependsOn: ['b'], expectedMs: 20_000, tailMs: 20_000 },
    { ...step, key: 'e', kind: 'vm.ready', dependsOn: ['c'], expectedMs: 20_000, tailMs: 20_000 },
  ] as const;
  expect(estimatePlan(plan, SLOTS)).toBe(24_000);
  expect(estimatePlan(plan, { perHost: 1, perStorage: 1 })).toBe(28_000);
  expect(estimatePlan([], SLOTS)).toBe(0);
});

test('nothing to do is estimated at nothing', () => {
  expect(estimateEnds([], SLOTS).size).toBe(0);
});
