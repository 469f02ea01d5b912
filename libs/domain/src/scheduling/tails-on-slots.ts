import { lowerBound } from './bound';
import { simulateSchedule, type SimulatedSchedule } from './simulate-schedule';
import type { SlotLimits } from './slots';
import { timesOfGraph, type TimedStep } from './step-graph';

/** Of plans with more steps one order is tried beside the longest paths instead of two: each takes a good part of a second. */
const COMPARED_AT_MOST = 20_000;

/** A schedule that is so close to its bound is left as it is. */
const CLOSE_ENOUGH = 1.005;

/**
 * How long before the end each step must begin, milliseconds, when all share these slots and begin as late as they can.
 * Steps must be in topological order.
 *
 * The longest path after a step knows nothing of what waits for a slot: when machines are stopped and then kept in
 * snapshots, it puts all stops before all snapshots, and the storage is idle during the former. So the plan is played
 * backwards, and what begins late there begins early here. Backwards the order of a schedule that was played forwards is
 * kept, which is known to shorten schedules with limited resources (forward-backward improvement). Of these tails and the
 * longest paths those are taken by which the plan ends first.
 */
export function tailsOnSlots(steps: readonly TimedStep[], slots: SlotLimits): readonly number[] {
  const paths = timesOfGraph(steps).tailMs.map((tailMs, index) => tailMs + (steps[index] as TimedStep).durationMs);
  if (!canBegin(steps, slots)) return paths;
  const byPaths = simulateSchedule(steps, slots);
  if (byPaths.endMs <= lowerBound(steps, slots).boundMs * CLOSE_ENOUGH) return paths;
  const candidates = [tailsBackwards(steps, slots, byPaths)];
  if (steps.length <= COMPARED_AT_MOST) candidates.push(tailsBackwards(steps, slots));
  let best: { readonly tails: readonly number[]; readonly endMs: number } = { tails: paths, endMs: byPaths.endMs };
  for (const tails of candidates) {
    const { endMs } = simulateSchedule(withTails(steps, tails), slots);
    if (endMs < best.endMs) best = { tails, endMs };
  }
  return best.tails;
}

/** Where slots of a resource are set to none nothing is ever played to its end. */
function canBegin(steps: readonly TimedStep[], { perHost, perStorage }: SlotLimits): boolean {
  return steps.every(({ host, storage }) => (perHost > 0 || host == null) && (perStorage > 0 || storage == null));
}

/** The tails by a schedule from the end to the beginning; `forwards`: what ends late there begins early here. */
function tailsBackwards(
  steps: readonly TimedStep[],
  slots: SlotLimits,
  forwards?: SimulatedSchedule,
): readonly number[] {
  const successors = new Map<string, string[]>(steps.map(({ key }) => [key, []]));
  for (const { key, dependsOn } of steps) for (const before of dependsOn) successors.get(before)?.push(key);
  const backwards = [...steps].reverse().map((step) => ({
    ...step,
    dependsOn: successors.get(step.key) ?? [],
    ...(forwards && { tailMs: (forwards.startMs.get(step.key) ?? 0) + step.durationMs }),
  }));
  const { startMs } = simulateSchedule(backwards, slots);
  return steps.map(({ key, durationMs }) => (startMs.get(key) ?? 0) + durationMs);
}

function withTails(steps: readonly TimedStep[], tails: readonly number[]) {
  return steps.map((step, index) => ({ ...step, tailMs: tails[index] as number }));
}
