/** Lets a bounded number of tasks through at once, in the order in which they came. */
export class Slots {
  private readonly waiting = new Set<() => void>();
  private used = 0;

  constructor(private readonly total: number) {}

  get free(): number {
    return Math.max(0, this.total - this.used);
  }

  /** Who waits in line leaves it when `signal` aborts, and throws its reason; `work` has not begun then. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.used >= this.total) await this.turn(signal);
    else this.used += 1;
    return this.inside(work);
  }

  /** For work that is under way elsewhere already: it counts, but does not wait. */
  runAtOnce<T>(work: () => Promise<T>): Promise<T> {
    this.used += 1;
    return this.inside(work);
  }

  private async inside<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      // The slot goes straight to the next in line, so that nobody who comes now overtakes it.
      const [next] = this.waiting;
      if (next && this.used <= this.total) next();
      else this.used -= 1;
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(enter);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        this.waiting.delete(enter);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
