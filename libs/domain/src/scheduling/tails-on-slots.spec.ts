import { lowerBound } from './bound';
import { simulateSchedule } from './simulate-schedule';
import type { SlotLimits } from './slots';
import type { TimedStep } from './step-graph';
import { tailsOnSlots } from './tails-on-slots';

/** Machines that are stopped on their host and then kept on a storage that lets few through at a time. */
const haltOf = (count: number, hosts: number): TimedStep[] =>
  Array.from({ length: count }, (_, i) => {
    const host = `h${i % hosts}`;
    const stop = { key: `stop${i}`, dependsOn: [], durationMs: 4, host };
    return [stop, { key: `keep${i}`, dependsOn: [stop.key], durationMs: 3, host, storage: 'ceph' }];
  }).flat();

const endOf = (steps: readonly TimedStep[], slots: SlotLimits, tails: readonly number[]): number =>
  simulateSchedule(
    steps.map((step, index) => ({ ...step, tailMs: tails[index] as number })),
    slots,
  ).endMs;

test.each([
  [50, { perHost: 3, perStorage: 6 }],
  [200, { perHost: 8, perStorage: 16 }],
  [1_000, { perHost: 4, perStorage: 8 }],
])('the storage is not left idle while %i machines stop', (count, slots) => {
  const steps = haltOf(count, 4);
  const { boundMs } = lowerBound(steps, slots);
  const { endMs: byPaths } = simulateSchedule(steps, slots);
  expect(boundMs / byPaths).toBeLessThan(0.85);
  expect(boundMs / endOf(steps, slots, tailsOnSlots(steps, slots))).toBeGreaterThan(0.93);
});

test('where slots are no matter, tails are paths', () => {
  const steps = haltOf(8, 4);
  expect(tailsOnSlots(steps, { perHost: 8, perStorage: 8 })).toEqual(steps.map((_, i) => (i % 2 === 0 ? 7 : 3)));
});

test('a resource without slots leaves the paths as they are', () => {
  expect(tailsOnSlots(haltOf(1, 1), { perHost: 1, perStorage: 0 })).toEqual([7, 3]);
});
