export interface BackoffPolicy {
  /** Delay before the second attempt, in milliseconds. */
  readonly initialMs: number;
  /** No delay is longer than this, in milliseconds. */
  readonly maxMs: number;
  /** Growth from one attempt to the next; 2 unless told. */
  readonly factor?: number;
}

/**
 * How long to wait, in milliseconds, after attempt number `attempt` (1 is the first) has failed. Half of the delay is
 * fixed and half is random, so that many callers spread out but none repeats at once. `random` is in [0, 1).
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.initialMs * (policy.factor ?? 2) ** (Math.max(1, attempt) - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
