import { setTimeout as delay } from 'node:timers/promises';
import { SpawnedService, waitFor } from '@orion/testing';

/** A process that ended without having been told to. */
export interface Crash {
  readonly name: string;
  readonly how: string;
  readonly lastLines: readonly string[];
}

const AGAIN_MS = 200;
const READY_MS = 120_000;

/** A process that is started again whenever it ends, as Kubernetes or systemd would. */
export class SupervisedProcess {
  readonly crashes: Crash[] = [];
  private readonly earlierErrors = new Map<string, number>();
  private current: SpawnedService;
  private supervising: Promise<void>;
  private stopping = false;
  private expected = false;
  private held = Promise.resolve();
  private frozen = false;

  constructor(
    readonly name: string,
    private readonly main: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.current = this.launch();
    this.supervising = this.supervise();
  }

  get running(): boolean {
    return this.current.running && this.current.ready && !this.frozen;
  }

  get urls(): Readonly<Record<string, string>> {
    return this.current.urls;
  }

  get pid(): number | undefined {
    return this.current.pid;
  }

  /** What it has logged as errors in all its lives, with how often. */
  errors(): ReadonlyMap<string, number> {
    const counts = new Map(this.earlierErrors);
    for (const what of errorsIn(this.current.lines)) counts.set(what, (counts.get(what) ?? 0) + 1);
    return counts;
  }

  /** The last lines of its log. */
  tail(count: number): readonly string[] {
    return this.current.lines.slice(-count);
  }

  ready(timeoutMs = READY_MS): Promise<unknown> {
    return waitFor(() => this.running || this.stopping, { timeoutMs, describe: `${this.name} to be ready` });
  }

  /** SIGKILL. It is started again after `downMs`; wait for `ready` to know when it works. */
  async kill(downMs = 0): Promise<void> {
    this.expected = true;
    this.frozen = false;
    this.held = delay(downMs);
    await this.current.kill();
  }

  /** SIGSTOP, then SIGCONT after `milliseconds`, unless it was killed meanwhile. */
  async freeze(milliseconds: number): Promise<void> {
    const victim = this.current;
    this.frozen = true;
    victim.freeze();
    await delay(milliseconds);
    victim.thaw();
    if (this.current === victim) this.frozen = false;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.current.kill();
    await this.supervising;
  }

  private launch(): SpawnedService {
    this.expected = false;
    return new SpawnedService(this.main, { env: this.env });
  }

  private async supervise(): Promise<void> {
    for (;;) {
      const { code, signal } = await this.current.exited;
      if (this.stopping) return;
      for (const [what, count] of this.errors()) this.earlierErrors.set(what, count);
      if (!this.expected) {
        const how = `${this.current.ready ? 'while it worked' : 'while it started'}, ${signal ?? `exit code ${code}`}`;
        this.crashes.push({ name: this.name, how, lastLines: this.tail(12) });
        this.held = delay(AGAIN_MS);
      }
      await this.held;
      if (this.stopping) return;
      this.current = this.launch();
    }
  }
}

/** Messages of the error lines, with what names a single event left out. */
function errorsIn(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => /^\{"level":"(error|fatal)"/.test(line))
    .map((line) => {
      const { msg, err } = JSON.parse(line) as { msg: string; err?: { message?: string; stack?: string } };
      const at = err?.stack?.split('\n').find((frame) => frame.includes('/dist/') && !frame.includes('node_modules'));
      return `${msg}: ${err?.message ?? ''} ${at?.trim() ?? ''}`.replace(
        /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
        '{id}',
      );
    });
}
