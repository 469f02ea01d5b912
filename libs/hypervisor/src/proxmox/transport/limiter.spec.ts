import { Limiter, mapBounded } from './limiter';

test('no more run at once than there are places, and all run', async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, (running += 1));
    await Promise.resolve();
    running -= 1;
    return item * 2;
  });
  expect(most).toBe(3);
  expect(results).toEqual([2, 4, 6, 8, 10, 12, 14]);
});

test('a place is given back after a failure', async () => {
  const limiter = new Limiter(1);
  await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(limiter.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('who gives up while waiting leaves the queue', async () => {
  const limiter = new Limiter(1);
  let release = (): void => undefined;
  const first = limiter.run(() => new Promise<void>((resolve) => (release = resolve)));
  const giveUp = new AbortController();
  const second = limiter.run(() => Promise.resolve(), giveUp.signal);
  giveUp.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  const third = limiter.run(() => Promise.resolve('third'));
  release();
  await first;
  await expect(third).resolves.toBe('third');
});
