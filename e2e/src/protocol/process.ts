import type { Scheduler } from 'fast-check';

/** Thrown into what a dead process left waiting, once its history has been judged. */
const OVER = new Error('The history is over.');

/**
 * A process of the model. Whatever it does beyond its own memory passes `point`, where the scheduler decides when it goes
 * on: there it can be overtaken, frozen or killed. A dead process never comes back from a point.
 */
export class Process {
  private died = false;
  private thaw: (() => void) | undefined;
  private thawed: Promise<void> | undefined;
  private readonly stranded = new Set<(error: Error) => void>();
  private readonly mourners = new Set<() => void>();

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {}

  get dead(): boolean {
    return this.died;
  }

  async point(label: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), `${this.name}: ${label}`);
    while (this.thawed !== undefined && !this.died) await this.thawed;
    if (this.died) await this.never();
  }

  /** SIGSTOP: goes on nowhere until it is let go. */
  freeze(): void {
    this.thawed ??= new Promise((resolve) => (this.thaw = resolve));
  }

  letGo(): void {
    this.thawed = undefined;
    this.thaw?.();
  }

  kill(): void {
    this.died = true;
    this.letGo();
    for (const mourn of this.mourners) mourn();
    this.mourners.clear();
  }

  /** Called when the process is killed; answers how to take it back. */
  onDeath(mourn: () => void): () => void {
    if (this.died) mourn();
    else this.mourners.add(mourn);
    return () => this.mourners.delete(mourn);
  }

  /** Ends what hangs, so that nothing of a judged history stays in memory. */
  bury(): void {
    this.kill();
    for (const reject of this.stranded) reject(OVER);
    this.stranded.clear();
  }

  private never(): Promise<never> {
    return new Promise((_, reject) => this.stranded.add(reject));
  }
}
