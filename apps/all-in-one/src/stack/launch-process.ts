import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Environment } from '@orion/runtime';
import type { Launched, Part } from '../profile/launcher';

/** What can run as a process: the parts of a platform, and the cluster that stands in for a real one. */
type Program = Part | 'pve-simulator';

const APPS = join(__dirname, '../../..');
const STOP_MS = 15_000;

/** Starts a part as a process of its own. Its log is ours; it is killed when it does not stop in time. */
export async function launchProcess(part: Program, env: Environment): Promise<Launched> {
  const child = fork(join(APPS, part, 'dist/main.js'), [], {
    env: { ...process.env, ...env },
    // A process group of its own: Ctrl-C reaches the stack, which stops its parts in order.
    detached: true,
    // The simulator writes a line for other programs, tokens included.
    stdio: ['ignore', part === 'pve-simulator' ? 'ignore' : 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killOnExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  };

  const ready = new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
    child.on('message', (message) => {
      const { ready: isReady, urls } = message as { ready?: boolean; urls?: Record<string, string> };
      if (isReady) resolve(urls ?? {});
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`${part} ended before it was ready (${signal ?? `exit code ${code}`}).`)),
    );
  });
  return { urls: await ready, stop };
}
