import { coupledBound } from './coupled-bound';
import { resourcesOf, slotsOf, type SlotLimits } from './slots';
import { timesOfGraph, type TimedStep } from './step-graph';

/** Why one resource alone keeps a plan from ending earlier. Milliseconds. */
export interface ResourceBound {
  readonly resource: string;
  readonly slots: number;
  /** How many of its steps bind: all, or those that cannot begin early or leave much to do. */
  readonly steps: number;
  /** Earliest moment at which any of these steps can begin. */
  readonly headMs: number;
  /** Least time in which the slots can work them off. */
  readonly loadMs: number;
  /** Shortest path that follows any of them. */
  readonly tailMs: number;
  readonly boundMs: number;
}

export interface LowerBound {
  /** No schedule of the steps on these slots ends earlier. */
  readonly boundMs: number;
  readonly longestChainMs: number;
  /** By hosts and storages together. */
  readonly coupledMs: number;
  /** The largest bound first. */
  readonly resources: readonly ResourceBound[];
}

interface LoadingStep {
  readonly durationMs: number;
  readonly headMs: number;
  readonly tailMs: number;
}

/** So many different heads, and tails, of a resource's steps are tried; all of them in plans of usual depth. */
const TRIED_THRESHOLDS = 50;

/**
 * The largest, over all resources, of earliest head + load in whole steps + shortest tail; the longest chain; and what hosts and
 * storages allow together (`coupledBound`).
 *
 * The same holds for any part of a resource's steps, so that also those are taken that have at least a certain head, or at
 * least a certain tail: fifty starts that wait for a domain controller cannot use the slots before it is ready.
 * Steps must be in topological order.
 */
export function lowerBound(steps: readonly TimedStep[], slots: SlotLimits): LowerBound {
  const times = timesOfGraph(steps);
  const loads = new Map<string, LoadingStep[]>();
  steps.forEach((step, index) => {
    const loading = {
      durationMs: step.durationMs,
      headMs: times.headMs[index] as number,
      tailMs: times.tailMs[index] as number,
    };
    for (const resource of resourcesOf(step)) {
      const load = loads.get(resource);
      if (load) load.push(loading);
      else loads.set(resource, [loading]);
    }
  });
  const resources = [...loads].map(([resource, load]) => boundOf(resource, load, slotsOf(resource, slots)));
  resources.sort((a, b) => b.boundMs - a.boundMs);
  const coupledMs = coupledBound(steps, times, slots);
  return {
    boundMs: Math.max(times.longestChainMs, resources[0]?.boundMs ?? 0, coupledMs),
    longestChainMs: times.longestChainMs,
    coupledMs,
    resources,
  };
}

function boundOf(resource: string, load: readonly LoadingStep[], slots: number): ResourceBound {
  const parts = [
    ...thresholdsOf(load.map(({ headMs }) => headMs)).map((least) => load.filter(({ headMs }) => headMs >= least)),
    ...thresholdsOf(load.map(({ tailMs }) => tailMs)).map((least) => load.filter(({ tailMs }) => tailMs >= least)),
  ];
  return parts
    .map((part) => {
      const headMs = part.reduce((least, step) => Math.min(least, step.headMs), Infinity);
      const tailMs = part.reduce((least, step) => Math.min(least, step.tailMs), Infinity);
      const durations = part.map(({ durationMs }) => durationMs);
      const loadMs = leastTimeOf(durations, slots);
      return { resource, slots, steps: part.length, headMs, loadMs, tailMs, boundMs: headMs + loadMs + tailMs };
    })
    .reduce((largest, bound) => (bound.boundMs > largest.boundMs ? bound : largest));
}

/** The least value, which all steps reach, and evenly chosen larger ones. */
function thresholdsOf(values: readonly number[]): readonly number[] {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const stride = Math.ceil(distinct.length / TRIED_THRESHOLDS);
  return distinct.filter((_, index) => index % stride === 0);
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
