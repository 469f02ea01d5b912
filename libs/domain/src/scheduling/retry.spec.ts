import fc from 'fast-check';

import { ERROR_CLASSES } from '../jobs/step';
import { afterFailure } from './retry';

const step = { maxAttempts: 3 };
const always = (value: number) => () => value;

test('a permanent error ends the step at once', () => {
  expect(afterFailure(step, { class: 'permanent' }, { attempt: 1 }, always(0))).toEqual({ action: 'fail' });
});

test('the back-off doubles, between half and the whole of it', () => {
  expect(afterFailure(step, { class: 'retryable' }, { attempt: 1 }, always(0))).toEqual({
    action: 'retry',
    delayMs: 500,
  });
  expect(afterFailure(step, { class: 'retryable' }, { attempt: 2 }, always(0.5))).toEqual({
    action: 'retry',
    delayMs: 1_500,
  });
});

test('an error that may pass is tried as often as the step says', () => {
  expect(afterFailure(step, { class: 'retryable' }, { attempt: 3 }, always(0))).toEqual({ action: 'fail' });
});

test('a conflict is tried three times as often', () => {
  expect(afterFailure(step, { class: 'conflict' }, { attempt: 8 }, always(0)).action).toBe('retry');
  expect(afterFailure(step, { class: 'conflict' }, { attempt: 9 }, always(0)).action).toBe('fail');
});

test('an outcome that stays unknown is said to be unknown, never failed', () => {
  expect(afterFailure(step, { class: 'unknown' }, { attempt: 1 }, always(0)).action).toBe('retry');
  expect(afterFailure(step, { class: 'unknown' }, { attempt: 3 }, always(0))).toEqual({ action: 'unknown' });
});

test('nothing is retried past the deadline of its job', () => {
  expect(afterFailure(step, { class: 'retryable' }, { attempt: 1, remainingMs: 400 }, always(0))).toEqual({
    action: 'fail',
  });
});

test('every step ends: retries are bounded in number and in delay', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ERROR_CLASSES),
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (errorClass, maxAttempts, random) => {
        let attempt = 1;
        for (; attempt <= 3 * maxAttempts; attempt++) {
          const next = afterFailure({ maxAttempts }, { class: errorClass }, { attempt }, always(random));
          if (next.action !== 'retry') return;
          expect(next.delayMs).toBeLessThanOrEqual(60_000);
        }
        throw new Error(`${attempt} attempts and no end`);
      },
    ),
  );
});
