/** What looks at guests of one kind have shown, milliseconds after the start of their VM. */
interface Seen {
  /** Began to answer at or before this. */
  answeredAt?: number;
  /** Did not answer yet; as it was found at `silentSince`. */
  silentAt: number;
  silentSince: number;
  /** Somebody looks earlier than is known to succeed; one at a time, because a look in vain takes seconds. */
  probing: boolean;
  /** Known closely, until a good part of the silence is forgotten. */
  settled: boolean;
}

/** A boot time that is known so closely is not asked for more closely. */
const CLOSE_MS = 300;
const CLOSE_SHARE = 0.03;
/** In this time half of a silence is forgotten, so that boots that have become quicker are found again. */
const HALF_LIFE_MS = 3_600_000;
/** What lies this far below the known answer is asked for again. */
const FORGOTTEN_SHARE = 0.7;
/** VMs whose start is remembered; one that was never asked for is forgotten after so many later ones. */
const REMEMBERED = 10_000;

/** When to look for the first time, and whether that is earlier than is known to succeed. */
export interface FirstLook {
  readonly at: number;
  readonly probe: boolean;
}

/**
 * Learns how long guests of a kind take to boot, so that nobody is asked before it can answer: a guest agent that is silent
 * keeps a worker of its host busy for seconds. Learns from successes and failures alike, halving what lies between them.
 * Times are monotonic milliseconds.
 */
export class BootTimes {
  private readonly kinds = new Map<string, Seen>();
  private readonly starts = new Map<number, number>();

  /** A VM has just been started. */
  started(vmId: number, now: number): void {
    this.starts.delete(vmId);
    this.starts.set(vmId, now);
    const [oldest] = this.starts.keys();
    if (this.starts.size > REMEMBERED && oldest !== undefined) this.starts.delete(oldest);
  }

  /** The first look at a VM; at once when its start is not known, or nothing of its kind. */
  firstLook(vmId: number, kind: string, now: number): FirstLook {
    const start = this.starts.get(vmId);
    const seen = this.kinds.get(kind);
    if (start === undefined || seen?.answeredAt === undefined) return { at: -Infinity, probe: false };
    const { answeredAt } = seen;
    const silentAt = silenceOf(seen, now);
    if (answeredAt - silentAt <= Math.max(CLOSE_MS, answeredAt * CLOSE_SHARE)) seen.settled = true;
    else if (silentAt < answeredAt * FORGOTTEN_SHARE) seen.settled = false;
    if (seen.probing || seen.settled) return { at: start + answeredAt, probe: false };
    return { at: start + (answeredAt + silentAt) / 2, probe: true };
  }

  /** To be called as a look that is a probe begins. */
  probing(kind: string): void {
    this.seen(kind).probing = true;
  }

  /** A look at a VM that began at `lookedAt` has ended. */
  looked(vmId: number, kind: string, lookedAt: number, answered: boolean): void {
    const start = this.starts.get(vmId);
    if (answered) this.starts.delete(vmId);
    const seen = this.seen(kind);
    seen.probing = false;
    if (start === undefined) return;
    const uptime = lookedAt - start;
    seen.silentAt = silenceOf(seen, lookedAt);
    seen.silentSince = Math.max(seen.silentSince, lookedAt);
    if (answered) {
      seen.answeredAt = Math.min(seen.answeredAt ?? Infinity, uptime);
      // What once was silent this late was slower than usual.
      if (seen.silentAt >= seen.answeredAt) seen.silentAt = seen.answeredAt / 2;
    } else {
      seen.silentAt = Math.max(seen.silentAt, uptime);
      // What once answered this early was quicker than usual.
      if (seen.answeredAt !== undefined && seen.answeredAt <= uptime) {
        seen.answeredAt = uptime * 1.25;
        seen.settled = false;
      }
    }
  }

  private seen(kind: string): Seen {
    const known = this.kinds.get(kind) ?? { silentAt: 0, silentSince: -Infinity, probing: false, settled: false };
    this.kinds.set(kind, known);
    return known;
  }
}

function silenceOf({ silentAt, silentSince }: Seen, now: number): number {
  return silentAt === 0 ? 0 : silentAt * 2 ** (-Math.max(0, now - silentSince) / HALF_LIFE_MS);
}
