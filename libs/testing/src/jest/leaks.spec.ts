import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { currentHoldings, findLeaks } from './leaks';

test('what a test left behind is named, and a child process is killed', async () => {
  const before = currentHoldings();
  const server = createServer().listen(0, '127.0.0.1');
  const child = spawn('sleep', ['600']);

  expect(await findLeaks(before)).toEqual([
    `child process ${child.pid} still runs: sleep 600`,
    expect.stringMatching('of ProcessWrap|of TCPServerWrap'),
    expect.stringMatching('of ProcessWrap|of TCPServerWrap'),
  ]);

  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  server.close();
});

test('what closes a moment later is no leak', async () => {
  const before = currentHoldings();
  spawn('sleep', ['0.1']);

  expect(await findLeaks(before)).toEqual([]);
});
