import { Locks } from './locks';

const patient = { patienceMs: 60_000, timedOut: () => new Error('timed out') };

test('shared holders share, an exclusive one waits for all of them', async () => {
  const locks = new Locks();
  const first = await locks.acquire('vm:1', { ...patient, shared: true });
  const second = await locks.acquire('vm:1', { ...patient, shared: true });
  const order: string[] = [];
  const exclusive = locks.acquire('vm:1', patient).then((release) => {
    order.push('exclusive');
    release();
  });

  order.push('shared');
  first();
  second();
  await exclusive;

  expect(order).toEqual(['shared', 'exclusive']);
  expect(locks.isHeld('vm:1')).toBe(false);
});

test('who waits too long gets the error of its choice, and the lock stays usable', async () => {
  const locks = new Locks();
  const release = await locks.acquire('vm:1', patient);

  const late = locks.acquire('vm:1', { patienceMs: 0, timedOut: () => new Error('got timeout') });

  await expect(late).rejects.toThrow('got timeout');
  release();
  expect(locks.tryAcquire('vm:1')).toBeDefined();
});
