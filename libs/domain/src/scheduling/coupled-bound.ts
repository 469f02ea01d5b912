import { resourcesOf, type SlotLimits } from './slots';
import type { StepTimes, TimedStep } from './step-graph';

interface Loading {
  readonly durationMs: number;
  /** Earliest moment at which it can begin, from the side that is looked from. */
  readonly headMs: number;
  readonly tailMs: number;
  readonly storage: string | undefined;
}

/** So many different moments are tried; all of them in plans of usual depth. */
const TRIED_MOMENTS = 50;

/**
 * What two resources together keep from ending earlier, milliseconds: the slots of all hosts, and a storage that lets few of
 * their steps through at a time.
 *
 * At any moment, what cannot have begun before is still to be done, and so is what the storage cannot have let through by
 * then. The hosts need at least the mean time for it, and the shortest path follows. Fifty machines whose starts wait for a
 * domain controller, and which a storage rolls back six at a time, have both the starts and late rollbacks to do when it is
 * ready. Looked at from the end, the same holds for what must be over some time before it.
 */
export function coupledBound(steps: readonly TimedStep[], times: StepTimes, slots: SlotLimits): number {
  const hosts = new Set(steps.flatMap(({ host }) => host ?? []));
  if (hosts.size === 0) return 0;
  const atOnce = hosts.size * slots.perHost;
  const forwards: Loading[] = [];
  const backwards: Loading[] = [];
  steps.forEach((step, index) => {
    if (typeof step.host !== 'string') return;
    const { durationMs } = step;
    const storage = resourcesOf(step).find((resource) => resource.startsWith('storage '));
    const [headMs, tailMs] = [times.headMs[index] as number, times.tailMs[index] as number];
    forwards.push({ durationMs, headMs, tailMs, storage });
    backwards.push({ durationMs, headMs: tailMs, tailMs: headMs, storage });
  });
  return Math.max(...[forwards, backwards].map((loads) => boundFrom(loads, atOnce, slots.perStorage)));
}

function boundFrom(loads: readonly Loading[], hostSlots: number, storageSlots: number): number {
  const moments = [...new Set(loads.map(({ headMs }) => headMs))].sort((a, b) => a - b);
  const stride = Math.ceil(moments.length / TRIED_MOMENTS);
  return moments
    .filter((_, index) => index % stride === 0)
    .reduce((largest, moment) => Math.max(largest, boundAt(moment, loads, hostSlots, storageSlots)), 0);
}

function boundAt(moment: number, loads: readonly Loading[], hostSlots: number, storageSlots: number): number {
  let left = 0;
  let tailMs = Infinity;
  const early = new Map<string, { work: number; headMs: number; tailMs: number }>();
  for (const load of loads) {
    if (load.headMs >= moment) {
      left += load.durationMs;
      tailMs = Math.min(tailMs, load.tailMs);
    } else if (load.storage !== undefined) {
      const of = early.get(load.storage) ?? { work: 0, headMs: Infinity, tailMs: Infinity };
      of.work += load.durationMs;
      of.headMs = Math.min(of.headMs, load.headMs);
      of.tailMs = Math.min(of.tailMs, load.tailMs);
      early.set(load.storage, of);
    }
  }
  for (const { work, headMs, tailMs: shortest } of early.values()) {
    const leftThere = work - storageSlots * (moment - headMs);
    if (leftThere <= 0) continue;
    left += leftThere;
    tailMs = Math.min(tailMs, shortest);
  }
  return moment + left / hostSlots + tailMs;
}
