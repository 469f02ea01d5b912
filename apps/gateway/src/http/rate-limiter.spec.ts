import { RateLimiter } from './rate-limiter';

function limiterAt(perSecond: number) {
  const clock = { ms: 0 };
  const limiter = new RateLimiter(perSecond, () => clock.ms);
  const takes = (name: string, times: number): number => {
    let taken = 0;
    for (let index = 0; index < times; index += 1) {
      try {
        limiter.take(name);
        taken += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'request.rate_limited', facts: { retryAfterSeconds: 1 } });
      }
    }
    return taken;
  };
  return { clock, takes };
}

test('twice the rate at once, then the rate', () => {
  const { clock, takes } = limiterAt(10);
  expect(takes('a', 50)).toBe(20);
  clock.ms += 500;
  expect(takes('a', 50)).toBe(5);
  clock.ms += 60_000;
  expect(takes('a', 50)).toBe(20);
});

test('each name has its own', () => {
  const { takes } = limiterAt(1);
  expect([takes('a', 5), takes('b', 5)]).toEqual([2, 2]);
});

test('0 is no limit', () => {
  expect(limiterAt(0).takes('a', 1_000)).toBe(1_000);
});
