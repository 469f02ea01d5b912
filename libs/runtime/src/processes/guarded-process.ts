import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface GuardedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Standard output and error go to this file, which is emptied first. */
  readonly logFile: string;
  /** What asks the process to end; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed, in milliseconds; 10,000 unless told. */
  readonly stopTimeoutMs?: number;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Ends $1 with signal $2 when standard input closes, which happens at the latest when our process is gone. */
const GUARD = `read -r _; kill -"$2" "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$1" 2>/dev/null || exit 0; sleep 0.25; done
kill -KILL "$1" 2>/dev/null`;

/**
 * A server that we run beside us. It has a session of its own, so that Ctrl-C reaches us alone and we end it in our order;
 * and it is guarded, so that it ends even when we are killed.
 */
export class GuardedProcess {
  private readonly child: ChildProcess;
  private readonly guard: ChildProcess;
  private readonly exited: Promise<void>;

  constructor(private readonly options: GuardedProcessOptions) {
    const log = openSync(options.logFile, 'w', 0o600);
    this.child = spawn(options.command, [...options.args], {
      detached: true,
      stdio: ['ignore', log, log],
      ...(options.env && { env: options.env }),
      ...(options.cwd && { cwd: options.cwd }),
      ...options.user,
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => resolve());
    });
    const signal = (options.stopSignal ?? 'SIGTERM').slice('SIG'.length);
    this.guard = spawn('/bin/sh', ['-c', GUARD, 'guard', String(this.child.pid ?? 0), signal], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Neither holds the event loop: a process that forgets to stop them ends all the same, and they with it.
    this.child.unref();
    this.guard.unref();
    this.guard.stdin?.on('error', () => undefined);
    (this.guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    void this.exited.then(() => this.guard.kill('SIGKILL'));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it has written so far. */
  get log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** Asks it to end and waits until it has; kills it when it takes too long. */
  async stop(): Promise<void> {
    this.signal(this.options.stopSignal ?? 'SIGTERM');
    const impatience = setTimeout(() => this.signal('SIGKILL'), this.options.stopTimeoutMs ?? 10_000);
    await this.ended();
    clearTimeout(impatience);
  }

  /** Kills it without warning and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Settles when the process is gone, for whatever reason. */
  ended(): Promise<void> {
    if (this.running) this.child.ref();
    return this.exited;
  }
}
