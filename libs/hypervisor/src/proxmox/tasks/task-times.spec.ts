import { kindOfTask, TaskTimes } from './task-times';

test('a task of an unknown kind may end at any time', () => {
  expect(new TaskTimes().untilLook('qmclone 9000', 0)).toBe(0);
});

test('a task is looked at halfway, and then when the quickest of its kind was still seen to run', () => {
  const times = new TaskTimes();
  times.succeeded('qmclone 9000', 4_100, 4_000);
  times.succeeded('qmclone 9000', 6_000, 5_900);
  expect(times.untilLook('qmclone 9000', 0)).toBe(2_000);
  expect(times.untilLook('qmclone 9000', 2_010)).toBe(1_990);
  expect(times.untilLook('qmclone 9000', 4_000)).toBe(0);
});

test('a kind that has become quicker is looked at earlier each time, until the end is met', () => {
  const times = new TaskTimes();
  times.succeeded('qmstart', 4_000, 3_900);
  let looks = 0;
  for (let at = times.untilLook('qmstart', 0) * 2; at > 1_000; at = times.untilLook('qmstart', 0) * 2) {
    times.succeeded('qmstart', at, undefined);
    looks += 1;
  }
  expect(looks).toBeLessThan(20);
});

test('a kind that has become slower is believed after as many as are remembered', () => {
  const times = new TaskTimes();
  times.succeeded('qmstart', 1_100, 1_000);
  for (let n = 0; n < 20; n++) times.succeeded('qmstart', 3_100, 3_000);
  expect(times.untilLook('qmstart', 0)).toBe(1_500);
});

test('a task that fails early is noticed within five seconds, however long its kind takes', () => {
  const times = new TaskTimes();
  times.succeeded('qmclone 9000', 600_000, 599_000);
  expect(times.untilLook('qmclone 9000', 0)).toBe(5_000);
});

test('clones are told apart by their template, other tasks by their type alone', () => {
  expect(kindOfTask('UPID:pve1:00001234:00005678:66A1B2C3:qmclone:9000:orion@pve!range:')).toBe('qmclone 9000');
  expect(kindOfTask('UPID:pve1:00001234:00005678:66A1B2C3:qmstart:4001:orion@pve!range:')).toBe('qmstart');
});
