import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/** What holds ends its wait at once; this bounds what does not, on a machine as busy as a whole run of the tests makes it. */
const PATIENCE_MS = 25_000;

export interface WaitOptions {
  /** How long the condition may stay false, in milliseconds; 25,000 unless told. */
  readonly timeoutMs?: number;
  /** Between two looks, in milliseconds; 20 unless told. */
  readonly intervalMs?: number;
  /** What is waited for, as the end of the sentence "waited ... for"; the error begins with it. */
  readonly describe?: string;
}

/** The condition stayed false; the message tells what was waited for and what was seen last. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/**
 * Looks again and again until `condition` returns something truthy, and returns it. A condition that throws counts as
 * false; the last error or value is told when time is up.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = PATIENCE_MS, intervalMs = 20, describe = 'a condition' }: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() >= deadline) {
      const last = seen instanceof Error ? `the last look failed: ${seen.message}` : `last seen: ${inspect(seen)}`;
      throw new WaitTimeoutError(`Waited ${timeoutMs} ms in vain for ${describe}; ${last}`, { cause: seen });
    }
    await delay(intervalMs);
  }
}

/**
 * Reads until `accept` takes the value, and returns it. Unlike `waitFor`, the time-out's message shows the value that was
 * read last, so use it where the value tells why the wait was in vain.
 */
export async function waitUntil<T>(
  read: () => T | Promise<T>,
  accept: (value: T) => boolean,
  options: WaitOptions = {},
): Promise<T> {
  let last: { readonly value: T } | undefined;
  try {
    await waitFor(async () => {
      last = { value: await read() };
      return accept(last.value);
    }, options);
  } catch (error) {
    if (!(error instanceof WaitTimeoutError) || last === undefined) throw error;
    const { describe = 'a condition', timeoutMs = PATIENCE_MS } = options;
    throw new WaitTimeoutError(
      `Waited ${timeoutMs} ms in vain for ${describe}; last seen: ${inspect(last.value, { depth: 4 })}`,
      { cause: error },
    );
  }
  return (last as unknown as { value: T }).value;
}
