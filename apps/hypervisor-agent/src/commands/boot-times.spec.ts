import { BootTimes } from './boot-times';

/** Boots VMs of one kind one after the other and answers how long after its boot each was found ready. */
function boots(times: BootTimes, bootMs: readonly number[], from = 0): readonly number[] {
  return bootMs.map((boot, index) => {
    const vmId = index + 1;
    const start = from + index * 60_000;
    times.started(vmId, start);
    const { at, probe } = times.firstLook(vmId, 'debian', start);
    if (probe) times.probing('debian');
    let look = Math.max(at, start);
    while (look < start + boot) {
      times.looked(vmId, 'debian', look, false);
      look += 3_100;
    }
    times.looked(vmId, 'debian', look, true);
    return look - start - boot;
  });
}

test('after a few boots a guest is found as soon as it can answer', () => {
  const late = boots(new BootTimes(), Array<number>(20).fill(9_400));

  expect(Math.max(...late.slice(-10))).toBeLessThanOrEqual(300);
});

test('boots that have become slower are waited for, and quicker ones found again', () => {
  const times = new BootTimes();
  boots(times, Array<number>(10).fill(9_400));

  const slower = boots(times, Array<number>(20).fill(30_000), 1e6);
  expect(Math.max(...slower.slice(-5))).toBeLessThanOrEqual(900);
  const quicker = boots(times, Array<number>(20).fill(9_400), 2e7);
  expect(Math.max(...quicker.slice(-5))).toBeLessThanOrEqual(500);
});

test('who is not known is looked at at once: a VM that runs already, the first of its kind', () => {
  const times = new BootTimes();
  times.started(1, 0);
  expect(times.firstLook(1, 'debian', 0).at).toBe(-Infinity);
  boots(times, [9_400]);

  expect(times.firstLook(77, 'debian', 5).at).toBe(-Infinity);
  times.started(78, 5);
  expect(times.firstLook(78, 'windows', 5).at).toBe(-Infinity);
  expect(times.firstLook(78, 'debian', 5).at).toBeGreaterThan(5);
});

test('one guest of a kind is looked at early, the others when it is known to succeed', () => {
  const times = new BootTimes();
  times.started(1, 0);
  times.looked(1, 'debian', 12_000, true);
  for (const vmId of [2, 3]) times.started(vmId, 0);

  const first = times.firstLook(2, 'debian', 0);
  times.probing('debian');

  expect(first).toEqual({ at: 6_000, probe: true });
  expect(times.firstLook(3, 'debian', 0)).toEqual({ at: 12_000, probe: false });
});
