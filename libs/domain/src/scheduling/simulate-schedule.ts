import { Heap } from '../ordering/heap';
import { selectSteps, type BusyStep, type ReadyStep } from './select-steps';
import { predecessorsOf, timesOfGraph, type TimedStep } from './step-graph';
import type { SlotLimits } from './slots';

/** A step of one of several jobs that share the slots. */
export interface JobStep extends TimedStep {
  readonly tenantId?: string;
  readonly jobId?: string;
  /** When its job arrives, milliseconds; absent: 0. */
  readonly arrivesAtMs?: number;
}

export interface SimulatedSchedule {
  readonly endMs: number;
  /** By the step's key. */
  readonly startMs: ReadonlyMap<string, number>;
}

interface Waiting extends ReadyStep {
  readonly index: number;
}

interface Running extends BusyStep {
  readonly index: number;
  readonly endMs: number;
}

/**
 * Plays a plan through with `selectSteps` as the only decision maker, without any cost of polling or messages: the
 * best that the order of dispatch can do. Steps must be in topological order; keys are unique over all jobs.
 */
export function simulateSchedule(steps: readonly JobStep[], slots: SlotLimits): SimulatedSchedule {
  const { tailMs } = timesOfGraph(steps);
  const waitingOn: number[] = [];
  const successors: number[][] = steps.map(() => []);
  predecessorsOf(steps).forEach((predecessors, index) => {
    waitingOn.push(predecessors.length);
    for (const before of predecessors) successors[before]?.push(index);
  });

  const asWaiting = (index: number): Waiting => {
    const step = steps[index] as JobStep;
    return {
      index,
      id: step.key,
      tenantId: step.tenantId ?? '',
      jobId: step.jobId ?? '',
      jobCreatedAt: step.arrivesAtMs ?? 0,
      dueAt: step.arrivesAtMs,
      expectedMs: step.durationMs,
      tailMs: (tailMs[index] as number) + step.durationMs,
      host: step.host,
      storage: step.storage,
    };
  };

  const ready = new Map<number, Waiting>();
  steps.forEach((_, index) => {
    if (waitingOn[index] === 0) ready.set(index, asWaiting(index));
  });
  const arrivals = new Heap<number>((a, b) => a - b, new Set(steps.map((step) => step.arrivesAtMs ?? 0)));
  const running = new Map<number, Running>();
  const ends = new Heap<Running>((a, b) => a.endMs - b.endMs);
  const startMs = new Map<string, number>();
  let tenants: ReadonlyMap<string, number> = new Map();
  let now = 0;

  for (;;) {
    const selection = selectSteps({ ready: [...ready.values()], inFlight: [...running.values()], slots, tenants, now });
    tenants = selection.deficits;
    for (const step of selection.chosen) {
      const begun = { ...step, endMs: now + step.expectedMs };
      ready.delete(step.index);
      running.set(step.index, begun);
      ends.push(begun);
      startMs.set(step.id, now);
    }
    while ((arrivals.peek() ?? Infinity) <= now) arrivals.pop();
    const next = Math.min(ends.peek()?.endMs ?? Infinity, arrivals.peek() ?? Infinity);
    if (next === Infinity) break;
    now = next;
    while ((ends.peek()?.endMs ?? Infinity) <= now) {
      const { index } = ends.pop() as Running;
      running.delete(index);
      for (const successor of successors[index] as number[]) {
        waitingOn[successor] = (waitingOn[successor] as number) - 1;
        if (waitingOn[successor] === 0) ready.set(successor, asWaiting(successor));
      }
    }
  }
  if (startMs.size < steps.length) throw new Error('Some steps can never begin: a resource has no slot.');
  return { endMs: now, startMs };
}
