import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GuardedProcess } from '../processes/guarded-process';
import { freePort, isPortTaken } from '../processes/ports';
import { StartError } from '../service/start-error';
import { findProgram } from './find-program';

export interface NativeServerOptions {
  /** Where its data and log are kept; created when missing. */
  readonly dir: string;
  /** On 127.0.0.1; any free port unless told. */
  readonly port?: number;
}

/** A server program of the system, run beside us on loopback. */
export interface NativeServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly log: string;
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`, on the same port and data. */
  restart(): Promise<void>;
  /** Halts it with its connections open, until `thaw`. */
  freeze(): void;
  thaw(): void;
}

export class NativeServerError extends StartError {
  override readonly name = 'NativeServerError';
}

interface ServerKind {
  readonly program: string;
  readonly scheme: string;
  readonly dockerImage: string;
  readonly dockerPort: number;
  /** The variable that names a server to use instead, as the error tells. */
  readonly urlVariable: string;
  args(dir: string, port: number): Promise<readonly string[]> | readonly string[];
  /** What is sent over a new connection, and what the answer begins with once the server is ready. */
  readonly greeting: { readonly send: string; readonly answer: string };
}

const READY_MS = 15_000;

/** Finds and starts a server program; the error tells how to get it when it is not there. */
export async function startNativeServer(kind: ServerKind, options: NativeServerOptions): Promise<NativeServer> {
  const program = findProgram(kind.program);
  if (!program) throw new NativeServerError(absent(kind));
  if (options.port && (await isPortTaken(options.port))) {
    throw new NativeServerError(
      `Port ${options.port} on 127.0.0.1 is taken by another process; ${kind.program} needs it.`,
    );
  }
  await mkdir(options.dir, { recursive: true });
  const port = options.port || (await freePort());
  const args = await kind.args(options.dir, port);
  const logFile = join(options.dir, `${kind.program}.log`);
  const launch = async (): Promise<GuardedProcess> => {
    const launched = new GuardedProcess({ command: program.path, args, env: program.env, cwd: options.dir, logFile });
    await untilReady(kind, launched, port);
    return launched;
  };
  let current = await launch();
  return {
    url: `${kind.scheme}://127.0.0.1:${port}`,
    port,
    get pid() {
      return current.pid;
    },
    get log() {
      return current.log;
    },
    stop: () => {
      current.signal('SIGCONT');
      return current.stop();
    },
    kill: () => current.kill(),
    restart: async () => {
      if (!current.running) current = await launch();
    },
    freeze: () => current.signal('SIGSTOP'),
    thaw: () => current.signal('SIGCONT'),
  };
}

async function untilReady(kind: ServerKind, launched: GuardedProcess, port: number): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await answers(kind, port))) {
    if (launched.running && Date.now() < deadline) {
      await delay(10);
      continue;
    }
    const { log } = launched;
    await launched.kill();
    throw new NativeServerError(`${kind.program} did not start on port ${port}:\n${log.trim()}`);
  }
}

function answers({ greeting }: ServerKind, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => void socket.write(greeting.send));
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith(greeting.answer)));
  });
}

function absent({ program, urlVariable, dockerImage, dockerPort, scheme }: ServerKind): string {
  return [
    `${program} was not found on PATH nor in .orion/deps. Either`,
    '  run: npm run deps',
    `  or set ${urlVariable} to a server of yours, for instance one in Docker:`,
    `     docker run --rm -p ${dockerPort}:${dockerPort} ${dockerImage}    # ${urlVariable}=${scheme}://127.0.0.1:${dockerPort}`,
  ].join('\n');
}
