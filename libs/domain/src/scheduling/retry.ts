import type { ErrorClass, StepError } from '../jobs/step';

/** What is known of the attempt that failed. */
export interface AttemptFacts {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Milliseconds that the job has left; absent: no deadline. */
  readonly remainingMs?: number;
}

export type AfterFailure =
  { readonly action: 'retry'; readonly delayMs: number } | { readonly action: 'fail' } | { readonly action: 'unknown' };

interface Policy {
  /** Attempts granted, as a multiple of the step's own. 0: none beyond the first. */
  readonly attemptsFactor: number;
  /** Back-off before the second attempt, milliseconds; doubles with each one, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** What an exhausted step comes to. */
  readonly exhausted: 'fail' | 'unknown';
}

/**
 * Conflicts (a lock, a concurrent change) pass by themselves and are nobody's fault: more attempts, soon again.
 * An unknown outcome is tried again because every step looks first whether it is done already; only when that cannot be
 * found out either, a person has to look.
 */
const POLICIES: Readonly<Record<ErrorClass, Policy>> = {
  retryable: { attemptsFactor: 1, firstMs: 1_000, longestMs: 60_000, exhausted: 'fail' },
  conflict: { attemptsFactor: 3, firstMs: 500, longestMs: 15_000, exhausted: 'fail' },
  permanent: { attemptsFactor: 0, firstMs: 0, longestMs: 0, exhausted: 'fail' },
  unknown: { attemptsFactor: 1, firstMs: 2_000, longestMs: 60_000, exhausted: 'unknown' },
};

/**
 * What follows a failed attempt: another one after `delayMs`, or the end of the step.
 * The delay lies between half and the whole of the exponential back-off; `random` gives values in [0, 1).
 * A retry that could not begin before the job's deadline is not promised.
 */
export function afterFailure(
  step: { readonly maxAttempts: number },
  error: Pick<StepError, 'class'>,
  facts: AttemptFacts,
  random: () => number,
): AfterFailure {
  const policy = POLICIES[error.class];
  if (facts.attempt >= step.maxAttempts * policy.attemptsFactor) return { action: policy.exhausted };
  const backOffMs = Math.min(policy.longestMs, policy.firstMs * 2 ** (facts.attempt - 1));
  const delayMs = Math.round(backOffMs * (0.5 + random() / 2));
  if (facts.remainingMs !== undefined && delayMs >= facts.remainingMs) return { action: policy.exhausted };
  return { action: 'retry', delayMs };
}
