/** Thrown out of a wait that was interrupted, by an aborted task or by the end of the simulator. */
export class Interrupted extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** Waits in simulated milliseconds. One factor shortens them all; a closed time interrupts whoever still waits. */
export class SimulatedTime {
  private readonly closing = new AbortController();

  constructor(readonly factor: number) {}

  now(): number {
    return Date.now();
  }

  epochSeconds(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** Real milliseconds for simulated ones. */
  scaled(milliseconds: number): number {
    return milliseconds * this.factor;
  }

  /** Resolves after the scaled time; rejects with `Interrupted` when the signal fires or the time is closed. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const scaled = this.scaled(milliseconds);
    if (this.closing.signal.aborted) return Promise.reject(new Interrupted('simulator closed'));
    if (signal?.aborted === true) return Promise.reject(new Interrupted(String(signal.reason)));
    if (scaled < 0.5) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', interrupt);
        this.waiting.delete(stop);
        settle();
      };
      const interrupt = () => finish(() => reject(new Interrupted(String(signal?.reason))));
      const stop = () => finish(() => reject(new Interrupted('simulator closed')));
      const timer = setTimeout(() => finish(resolve), scaled);
      signal?.addEventListener('abort', interrupt);
      this.waiting.add(stop);
    });
  }

  close(): void {
    this.closing.abort();
    for (const stop of [...this.waiting]) stop();
  }

  private readonly waiting = new Set<() => void>();
}
