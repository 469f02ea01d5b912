/** Lets a bounded number of tasks through at once, in the order in which they came. */
export class Slots {
  private readonly waiting: (() => void)[] = [];
  private used = 0;

  constructor(private readonly total: number) {}

  get free(): number {
    return Math.max(0, this.total - this.used);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.used >= this.total) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.used += 1;
    try {
      return await work();
    } finally {
      // The slot goes straight to the next in line, so that nobody who comes now overtakes it.
      const next = this.waiting.shift();
      if (next) next();
      else this.used -= 1;
    }
  }
}
