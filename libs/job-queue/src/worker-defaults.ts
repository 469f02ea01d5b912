/**
 * Options of every worker. With them another worker takes over what a killed one held within 3.5 to 5 s; the sweep is
 * faster, so nothing depends on it.
 */
export const WORKER_DEFAULTS = {
  /** Milliseconds. */
  lockDuration: 5_000,
  /** Milliseconds. */
  stalledInterval: 2_500,
  maxStalledCount: 1_000,
  concurrency: 8,
} as const;

/** A wake-up is worth one try: whoever fails leaves the rest to the sweep. Ended ones leave no trace in the store. */
export const JOB_DEFAULTS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
