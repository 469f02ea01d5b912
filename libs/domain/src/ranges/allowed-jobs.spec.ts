import { assertAllowed, intentOf } from './allowed-jobs';
import { JOB_KINDS } from '../jobs/job';
import { RANGE_STATES } from './range';

const allowedIn = (state: (typeof RANGE_STATES)[number]) =>
  JOB_KINDS.filter((kind) => {
    try {
      assertAllowed(kind, state);
      return true;
    } catch {
      return false;
    }
  });

test('a range that is not certain of its nodes may only be repaired, set back or destroyed', () => {
  for (const state of ['degraded', 'quarantined'] as const) {
    expect(allowedIn(state)).toEqual([
      'range.destroy',
      'range.repair',
      'baseline.delete',
      'range.reset',
      'node.reset',
      'site.check',
      'site.observe',
    ]);
  }
});

test('a settled range may be started, stopped, repaired and destroyed, never deployed again', () => {
  for (const state of ['ready', 'stopped'] as const) {
    expect(allowedIn(state)).toEqual(JOB_KINDS.filter((kind) => kind !== 'range.deploy'));
  }
});

test('nothing may happen to a range that is destroyed', () => {
  expect(allowedIn('destroyed')).toEqual(['site.check', 'site.observe']);
  expect(() => assertAllowed('range.start', 'destroyed')).toThrow(
    expect.objectContaining({ code: 'range.illegal_state' }),
  );
});

test('a destroy can begin in every state but destroyed', () => {
  const states = RANGE_STATES.filter((state) => allowedIn(state).includes('range.destroy'));
  expect(states).toEqual(RANGE_STATES.filter((state) => state !== 'destroyed'));
});

test('a job on one node changes nothing about what the range is meant to be', () => {
  expect(intentOf('node.stop')).toEqual({});
  expect(intentOf('range.stop')).toEqual({ desired: 'stopped' });
});
