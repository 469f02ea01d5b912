import { setTimeout as delay } from 'node:timers/promises';

/** Networks that are changed at once; more wait for the next turn. */
const LARGEST_BATCH = 100;

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export interface Failure {
  readonly error: unknown;
}
/** How each of a batch ended, in order; undefined: well. */
export type Outcomes = readonly (Failure | undefined)[];

/**
 * Gathers what comes within a short window and hands it over together, one batch at a time: what comes while a batch is
 * under way is the next one.
 */
export class NetworkBatches<T> {
  private waiting: Waiting<T>[] = [];
  private running = false;

  /** `perform` answers one outcome for each item, in their order; when it throws, all have failed for that reason. */
  constructor(
    private readonly gatherMs: number,
    private readonly perform: (items: readonly T[]) => Promise<Outcomes>,
  ) {}

  /** Resolves when the batch of the item has ended well for it. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      await delay(this.gatherMs);
      const batch = this.waiting.splice(0, LARGEST_BATCH);
      try {
        const outcomes = await this.perform(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          const failure = outcomes[index];
          if (failure === undefined) resolve();
          else reject(failure.error);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.running = false;
  }
}
