/**
 * Runs one task a key at a time. Asking while it runs makes it run once more afterwards, however often it was asked, so
 * that what was committed meanwhile is seen.
 */
export class Coalescer {
  private readonly running = new Map<string, { again: boolean; readonly ended: Promise<void> }>();
  private stopping = false;

  constructor(private readonly task: (key: string) => Promise<void>) {}

  /** Never throws: the task handles its own errors. */
  ask(key: string): void {
    if (this.stopping) return;
    const current = this.running.get(key);
    if (current !== undefined) {
      current.again = true;
      return;
    }
    const state = { again: false, ended: Promise.resolve() };
    this.running.set(key, state);
    state.ended = this.run(key, state);
  }

  /** Lets what runs end, and begins nothing more. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  private async run(key: string, state: { again: boolean }): Promise<void> {
    do {
      state.again = false;
      await this.task(key);
    } while (state.again && !this.stopping);
    this.running.delete(key);
  }
}
