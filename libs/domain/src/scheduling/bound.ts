import { resourcesOf, slotsOf, type SlotLimits } from './slots';
import { timesOfGraph, type TimedStep } from './step-graph';

/** Why one resource alone keeps a plan from ending earlier. Milliseconds. */
export interface ResourceBound {
  readonly resource: string;
  readonly slots: number;
  readonly steps: number;
  /** Earliest moment at which any step can load it. */
  readonly headMs: number;
  /** Least time in which its slots can work off its steps. */
  readonly loadMs: number;
  /** Shortest path that follows any of its steps. */
  readonly tailMs: number;
  readonly boundMs: number;
}

export interface LowerBound {
  /** No schedule of the steps on these slots ends earlier. */
  readonly boundMs: number;
  readonly longestChainMs: number;
  /** The largest bound first. */
  readonly resources: readonly ResourceBound[];
}

/**
 * The largest, over all resources, of earliest head + load in whole steps + shortest tail; and the longest chain.
 * Steps must be in topological order.
 */
export function lowerBound(steps: readonly TimedStep[], slots: SlotLimits): LowerBound {
  const times = timesOfGraph(steps);
  const loads = new Map<string, { durations: number[]; headMs: number; tailMs: number }>();
  steps.forEach((step, index) => {
    const headMs = times.headMs[index] as number;
    const tailMs = times.tailMs[index] as number;
    for (const resource of resourcesOf(step)) {
      const load = loads.get(resource) ?? { durations: [], headMs: Infinity, tailMs: Infinity };
      loads.set(resource, load);
      load.durations.push(step.durationMs);
      load.headMs = Math.min(load.headMs, headMs);
      load.tailMs = Math.min(load.tailMs, tailMs);
    }
  });
  const resources = [...loads].map(([resource, { durations, headMs, tailMs }]) => {
    const count = slotsOf(resource, slots);
    const loadMs = leastTimeOf(durations, count);
    return {
      resource,
      slots: count,
      steps: durations.length,
      headMs,
      loadMs,
      tailMs,
      boundMs: headMs + loadMs + tailMs,
    };
  });
  resources.sort((a, b) => b.boundMs - a.boundMs);
  return {
    boundMs: Math.max(times.longestChainMs, resources[0]?.boundMs ?? 0),
    longestChainMs: times.longestChainMs,
    resources,
  };
}

/**
 * A time in which `slots` slots cannot be done earlier with steps of these durations, none of which can be split:
 * the mean load of a slot; and, because among the k * slots + 1 longest steps some slot must do k + 1 of them, the sum
 * of the k + 1 shortest of those, for each k. Nine steps of 4 s on 8 slots thus take 8 s, not 4.5 s.
 */
export function leastTimeOf(durations: readonly number[], slots: number): number {
  const longestFirst = [...durations].sort((a, b) => b - a);
  const sums = [0];
  for (const duration of longestFirst) sums.push((sums[sums.length - 1] as number) + duration);
  let least = (sums[sums.length - 1] as number) / slots;
  for (let k = 0; k * slots + 1 <= longestFirst.length; k++) {
    const end = k * slots + 1;
    least = Math.max(least, (sums[end] as number) - (sums[end - k - 1] as number));
  }
  return least;
}

/** How long a client takes that does one step after the other. */
export function oneAfterAnotherMs(steps: readonly TimedStep[]): number {
  return steps.reduce((sum, step) => sum + step.durationMs, 0);
}
