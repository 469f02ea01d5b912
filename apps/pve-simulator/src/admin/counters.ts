const EFFECTS = [
  'clones',
  'configs',
  'creates',
  'destroys',
  'execs',
  'fileWrites',
  'poolChanges',
  'reboots',
  'resets',
  'resizes',
  'resumes',
  'rollbacks',
  'sdnApplies',
  'shutdowns',
  'snapshotDeletes',
  'snapshots',
  'starts',
  'stops',
  'suspends',
  'templates',
] as const;

type Effect = (typeof EFFECTS)[number];

/** How often each kind of change really took effect. */
export class Counters {
  private readonly counts = new Map<string, number>();

  add(effect: Effect): void {
    this.counts.set(effect, (this.counts.get(effect) ?? 0) + 1);
  }

  all(): Record<string, number> {
    return Object.fromEntries(EFFECTS.map((effect) => [effect, this.counts.get(effect) ?? 0]));
  }

  clear(): void {
    this.counts.clear();
  }
}
