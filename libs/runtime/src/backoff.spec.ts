import { backoffMs } from './backoff';

const policy = { initialMs: 100, maxMs: 1_000 };

test.each([
  [1, 0, 50],
  [1, 0.999, 100],
  [3, 0.5, 300],
  [9, 1, 1_000],
  [400, 0, 500],
])('after attempt %i, with the random number %d, the delay is %i ms', (attempt, random, delay) => {
  expect(backoffMs(policy, attempt, random)).toBe(delay);
});
