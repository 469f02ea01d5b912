import { parseUpid } from './upid';

/** Tasks of a kind that are remembered: enough to have seen a quick one, few enough to follow a change. */
const REMEMBERED = 20;
/** A task that had ended at the first look may have taken less. */
const PERHAPS_EARLIER = 0.9;
/** A task that fails does so before its time; this is noticed no later. */
const LONGEST_BLIND_MS = 5_000;

/**
 * Remembers how long tasks of a kind took, so that one that is known to take four seconds is not asked for its end a dozen
 * times before, and not half a second late after. Milliseconds from the answer that named the task.
 */
export class TaskTimes {
  private readonly kinds = new Map<string, number[]>();

  /**
   * How long to leave a task alone that began `elapsedMs` ago: until the quickest of the last ones of its kind had ended,
   * with one look at half of that time. 0: it may end now, or nothing is known of its kind.
   */
  untilLook(kind: string, elapsedMs: number): number {
    const earliestMs = Math.min(...(this.kinds.get(kind) ?? [0]));
    return Math.max(0, Math.min(earliestMs - elapsedMs, earliestMs / 2, LONGEST_BLIND_MS));
  }

  /** Whether one of its kind was seen to its end. */
  knows(kind: string): boolean {
    return this.kinds.has(kind);
  }

  /** A task was seen to run at `runningMs` (absent: never), and to have succeeded at `endedMs`. */
  succeeded(kind: string, endedMs: number, runningMs: number | undefined): void {
    const ends = this.kinds.get(kind) ?? [];
    ends.push(runningMs ?? endedMs * PERHAPS_EARLIER);
    if (ends.length > REMEMBERED) ends.shift();
    this.kinds.set(kind, ends);
  }
}

/** Clones of one template take alike; other tasks do on all VMs. */
export function kindOfTask(handle: string): string {
  const { type = '', id = '' } = parseUpid(handle) ?? {};
  return type === 'qmclone' ? `${type} ${id}` : type;
}
