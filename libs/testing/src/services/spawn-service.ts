import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { registerTestResource } from '../jest/test-resources';
import { waitFor } from '../waiting/wait-for';

export interface SpawnOptions {
  /** All that the child sees beside PATH; our own environment is not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** How long it may take to be ready, in milliseconds; 30,000 unless told. */
  readonly readyMs?: number;
}

/** How a process ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SHOWN_LINES = 200;

/** A service as a child process, for tests that kill, freeze and restart it. */
export class SpawnedService {
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly written: string[] = [];
  private readyUrls: Readonly<Record<string, string>> | undefined;

  constructor(
    readonly main: string,
    { env = {}, args = [] }: SpawnOptions,
  ) {
    this.child = fork(main, [...args], {
      env: { PATH: process.env['PATH'], ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.written.push(line));
    }
    this.child.on('message', (message) => {
      const { ready, urls } = message as { ready?: boolean; urls?: Record<string, string> };
      if (ready) this.readyUrls = urls ?? {};
    });
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Where it can be reached, by name; known once it is ready. */
  get urls(): Readonly<Record<string, string>> {
    return this.readyUrls ?? {};
  }

  get ready(): boolean {
    return this.readyUrls !== undefined;
  }

  /** The lines that it wrote so far, to standard output and error. */
  get lines(): readonly string[] {
    return this.written;
  }

  /** Its log as objects; lines that are no JSON are left out. */
  get log(): readonly Record<string, unknown>[] {
    return this.written
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks it to stop (SIGTERM) and waits until it has. */
  stop(): Promise<Exit> {
    if (this.running) {
      this.signal('SIGCONT');
      this.signal('SIGTERM');
    }
    return this.exited;
  }

  /** Ends it without warning (SIGKILL). */
  kill(): Promise<Exit> {
    if (this.running) this.signal('SIGKILL');
    return this.exited;
  }

  /** Halts it with its connections open (SIGSTOP), until `thaw`. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }
}

/**
 * Starts the compiled `main` of a service and waits until it is ready, that is until `runMain` says so. It is killed at
 * the end of the file at the latest; when a test has failed, the end of its log is printed.
 */
export async function spawnService(main: string, options: SpawnOptions = {}): Promise<SpawnedService> {
  const service = new SpawnedService(main, options);
  registerTestResource({
    onFailure: () => console.error(`${main} (${service.pid ?? 'not started'}) wrote:\n${tail(service)}`),
    dispose: async () => {
      await service.kill();
    },
  });
  await waitFor(() => service.ready || !service.running, {
    timeoutMs: options.readyMs ?? 30_000,
    describe: `${main} to be ready`,
  });
  if (!service.ready) {
    const { code, signal } = await service.exited;
    throw new Error(`${main} ended before it was ready (${signal ?? `exit code ${code}`}):\n${tail(service)}`);
  }
  return service;
}

/** Starts the compiled `main` of a program and waits until it has ended by itself. */
export async function runToEnd(main: string, options: SpawnOptions = {}): Promise<Exit & { lines: readonly string[] }> {
  const service = new SpawnedService(main, options);
  registerTestResource({
    dispose: async () => {
      await service.kill();
    },
  });
  return { ...(await service.exited), lines: service.lines };
}

function tail(service: SpawnedService): string {
  return service.lines.slice(-SHOWN_LINES).join('\n');
}
