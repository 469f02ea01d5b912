import { waitFor, waitUntil } from './wait-for';

test('the truthy value is returned, though earlier looks threw', async () => {
  let looks = 0;
  const look = (): string | undefined => {
    looks += 1;
    if (looks === 1) throw new Error('not yet');
    return looks > 2 ? 'there' : undefined;
  };

  await expect(waitFor(look, { intervalMs: 1 })).resolves.toBe('there');
});

test('the error tells what was waited for and what was seen last', async () => {
  const options = { timeoutMs: 5, intervalMs: 1, describe: 'the job to end' };

  await expect(waitFor(() => 0, options)).rejects.toThrow('in vain for the job to end; last seen: 0');
  await expect(waitFor(() => Promise.reject(new Error('refused')), options)).rejects.toThrow('failed: refused');
});

test('a value that is never accepted is shown in the error', async () => {
  const options = { timeoutMs: 5, intervalMs: 1, describe: 'the job to end' };

  await expect(
    waitUntil(
      () => ({ state: 'running' }),
      () => false,
      options,
    ),
  ).rejects.toThrow("state: 'running'");
});
