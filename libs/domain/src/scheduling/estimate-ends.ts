import type { PlannedStep } from '../planning/planned-step';
import { lowerBound } from './bound';
import { simulateSchedule, type JobStep } from './simulate-schedule';
import type { SlotLimits } from './slots';

/** A step of a running job that has not ended. */
export interface RemainingStep {
  readonly id: string;
  readonly jobId: string;
  readonly tenantId: string;
  readonly host: string | null;
  readonly storage: string | null;
  readonly successors: readonly string[];
  /** Sent already: it has its slots. */
  readonly inFlight: boolean;
  /**
   * What is left of its expected time, milliseconds; negative when it takes longer than that. Expected is what was planned,
   * at the pace of the steps of its kind that have ended in the running jobs.
   */
  readonly leftMs: number;
  /** How long before the end of its job it was planned to begin, milliseconds. */
  readonly tailMs: number;
}

/** Playing through more would keep the process from other work for longer than some 50 ms. */
const PLAYED_AT_MOST = 2_500;

/**
 * When jobs that share a site's slots should end, milliseconds from now by job. What is in flight goes first; a step that
 * takes longer than expected should end at any moment. Jobs that come after so many steps that playing them through would
 * cost too much are given the least time in which the slots can do all of it.
 */
export function estimateEnds(steps: readonly RemainingStep[], slots: SlotLimits): ReadonlyMap<string, number> {
  const played = steps.length <= PLAYED_AT_MOST ? steps : wholeJobs(steps);
  const ends = playThrough(played, slots);
  if (played.length < steps.length) {
    const { boundMs } = lowerBound(timed(steps), slots);
    for (const { jobId } of steps.slice(played.length)) ends.set(jobId, boundMs);
  }
  return ends;
}

/** How long a plan takes that has a site's slots to itself, milliseconds: what `estimateEnds` says as soon as it is a job. */
export function estimatePlan(plan: readonly PlannedStep[], slots: SlotLimits): number {
  const successors = new Map<string, string[]>(plan.map(({ key }) => [key, []]));
  for (const { key, dependsOn } of plan) for (const before of dependsOn) successors.get(before)?.push(key);
  const steps = plan.map(({ key, host = null, storage = null, expectedMs, tailMs }) => ({
    ...{ id: key, jobId: 'plan', tenantId: '', host, storage, inFlight: false, leftMs: expectedMs, tailMs },
    successors: successors.get(key) ?? [],
  }));
  return estimateEnds(steps, slots).get('plan') ?? 0;
}

/** The oldest jobs whose steps are few enough together. */
function wholeJobs(steps: readonly RemainingStep[]): readonly RemainingStep[] {
  const cutOff = steps[PLAYED_AT_MOST]?.jobId;
  return steps.slice(
    0,
    steps.findIndex(({ jobId }) => jobId === cutOff),
  );
}

function playThrough(steps: readonly RemainingStep[], slots: SlotLimits): Map<string, number> {
  const plan = timed(steps);
  const { startMs } = simulateSchedule(plan, slots);
  const ends = new Map<string, number>();
  plan.forEach(({ key, jobId, durationMs }) => {
    ends.set(jobId, Math.max(ends.get(jobId) ?? 0, (startMs.get(key) ?? 0) + durationMs));
  });
  return ends;
}

function timed(steps: readonly RemainingStep[]): readonly (JobStep & { readonly jobId: string })[] {
  const dependsOn = new Map<string, string[]>(steps.map(({ id }) => [id, []]));
  for (const { id, successors } of steps) {
    for (const successor of successors) dependsOn.get(successor)?.push(id);
  }
  const jobs = [...new Set(steps.map(({ jobId }) => jobId))];
  const placeOf = new Map(jobs.map((jobId, index) => [jobId, index]));
  return steps.map(({ id, jobId, tenantId, host, storage, inFlight, leftMs, tailMs }) => ({
    key: id,
    jobId,
    tenantId,
    host,
    storage,
    dependsOn: dependsOn.get(id) ?? [],
    durationMs: Math.max(1, leftMs),
    tailMs,
    // All have arrived; the earlier goes first.
    arrivesAtMs: (inFlight ? -2 : -1) * jobs.length + (placeOf.get(jobId) ?? 0),
  }));
}
