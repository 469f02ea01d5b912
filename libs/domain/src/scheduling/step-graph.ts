import type { Load } from './slots';

/** A step as the schedule sees it: how long it takes, after what, and what it loads. */
export interface TimedStep extends Load {
  readonly key: string;
  readonly dependsOn: readonly string[];
  readonly durationMs: number;
}

/** Earliest start of each step and the longest path after it, as if every resource were unlimited. */
export interface StepTimes {
  readonly headMs: readonly number[];
  /** Path after the step, without itself. */
  readonly tailMs: readonly number[];
  readonly longestChainMs: number;
}

/** Indices of the predecessors of each step. The steps must be in topological order. */
export function predecessorsOf(steps: readonly TimedStep[]): readonly (readonly number[])[] {
  const indexOf = new Map<string, number>();
  return steps.map((step, index) => {
    indexOf.set(step.key, index);
    return step.dependsOn.map((key) => {
      const before = indexOf.get(key);
      if (before === undefined || before === index)
        throw new Error(`The step ${step.key} comes before ${key}, which it waits for.`);
      return before;
    });
  });
}

/** Heads and tails of every step, in time linear in steps and edges. */
export function timesOfGraph(steps: readonly TimedStep[]): StepTimes {
  const predecessors = predecessorsOf(steps);
  const headMs = new Array<number>(steps.length).fill(0);
  const tailMs = new Array<number>(steps.length).fill(0);
  let longestChainMs = 0;
  steps.forEach((step, index) => {
    for (const before of predecessors[index] as readonly number[]) {
      headMs[index] = Math.max(headMs[index] as number, (headMs[before] as number) + durationAt(steps, before));
    }
    longestChainMs = Math.max(longestChainMs, (headMs[index] as number) + step.durationMs);
  });
  for (let index = steps.length - 1; index >= 0; index--) {
    const through = (tailMs[index] as number) + durationAt(steps, index);
    for (const before of predecessors[index] as readonly number[]) {
      tailMs[before] = Math.max(tailMs[before] as number, through);
    }
  }
  return { headMs, tailMs, longestChainMs };
}

function durationAt(steps: readonly TimedStep[], index: number): number {
  return (steps[index] as TimedStep).durationMs;
}
