import { Health, type HealthResult } from './health';

const answers = (result: HealthResult) => () => Promise.resolve(result);

test.each([
  ['up', [{ name: 'a', check: answers({ state: 'up' }) }]],
  ['degraded', [{ name: 'a', check: answers({ state: 'degraded' }) }]],
  ['degraded', [{ name: 'a', required: false, check: answers({ state: 'down' }) }]],
  ['down', [{ name: 'a', check: () => Promise.reject(new Error('refused')) }]],
] as const)('the service is %s when its worst required check is', async (state, checks) => {
  const health = new Health();
  health.add(...checks);

  expect((await health.report()).state).toBe(state);
});

test('a check that does not answer counts as down after its time, and says so', async () => {
  const health = new Health(20);
  health.add({ name: 'queue', check: () => new Promise(() => undefined) });

  expect((await health.report()).checks['queue']).toMatchObject({ state: 'down', detail: 'no answer within 20 ms' });
});

test('callers that come while the checks run share one outcome', async () => {
  const health = new Health();
  let looks = 0;
  health.add({ name: 'database', check: async () => ({ state: 'up', detail: `look ${(looks += 1)}` }) });

  await Promise.all([health.report(), health.report()]);
  expect(looks).toBe(1);
});

test('a stopping service is down, and credentials never stand in a detail', async () => {
  const health = new Health();
  health.add({ name: 'queue', check: () => Promise.reject(new Error('redis://:geheim@queue refused')) });
  health.markStopping();

  const report = await health.report();
  expect(report.state).toBe('down');
  expect(JSON.stringify(report)).not.toContain('geheim');
});
