import { performance } from 'node:perf_hooks';

/** Tells the time. Rules take the time as an argument; services get it from here, tests from a fake. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds since the process began; never jumps when the time of day is set. For measuring, not for telling time. */
export function monotonicMs(): number {
  return performance.now();
}
