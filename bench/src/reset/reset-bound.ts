import { lowerBound, type TimedStep } from '@orion/domain';
import type { LatencyProfile } from '@orion/pve-simulator';
import type { StepReading } from '../deploy/deploy-bound';
import { waitsFor, type DeployPoint } from '../deploy/points';

/** The least that each kind of step takes: its task, the call that begins it, and nothing else. Milliseconds. */
function leastMs(kind: string, profile: LatencyProfile): number {
  switch (kind) {
    case 'vm.stop':
      return profile.protectedCall + profile.shutdown;
    case 'vm.snapshot':
      return profile.protectedCall + profile.snapshotStopped;
    case 'vm.rollback':
      return profile.protectedCall + profile.rollbackRunning;
    case 'vm.start':
      return profile.protectedCall + profile.start;
    case 'vm.ready':
      return profile.boot;
    case 'vm.inspect':
      // Its configuration is read, and its guest is asked.
      return profile.readCall + profile.agentCall;
    default:
      return 0;
  }
}

/** What each kind waits for on its own node, in the stages of a baseline and in a reset. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'vm.snapshot': ['vm.stop'],
  'vm.start': ['vm.rollback'],
  'vm.ready': ['vm.start'],
  'vm.inspect': ['vm.ready'],
};

/** The least time for the steps of one stage, on the slots of the site. A stage begins when the one before has ended. */
export function stageBoundMs(steps: readonly StepReading[], profile: LatencyProfile, point: DeployPoint): number {
  const keyOf = (kind: string, subject: string): string => `${kind} ${subject}`;
  const present = new Set(steps.map(({ kind, subject }) => keyOf(kind, subject)));
  const dependents = new Map<string, string[]>();
  for (const { subject } of steps) {
    const other = waitsFor(subject);
    if (other !== undefined) dependents.set(other, [...(dependents.get(other) ?? []), subject]);
  }
  const timed = steps
    .filter(({ kind }) => kind.startsWith('vm.'))
    .map(({ kind, subject, host, storage }): TimedStep => {
      const own = (BEFORE[kind] ?? []).map((before) => keyOf(before, subject));
      const other = kind === 'vm.start' ? waitsFor(subject) : undefined;
      const stops = kind === 'vm.stop' ? (dependents.get(subject) ?? []).map((name) => keyOf('vm.stop', name)) : [];
      const dependsOn = [...own, ...(other === undefined ? [] : [keyOf('vm.ready', other)]), ...new Set(stops)];
      return {
        key: keyOf(kind, subject),
        dependsOn: dependsOn.filter((key) => present.has(key)),
        durationMs: leastMs(kind, profile),
        ...(host !== null && { host }),
        ...(storage !== null && { storage }),
      };
    });
  return lowerBound(timed, { perHost: point.hostSlots, perStorage: point.storageSlots }).boundMs;
}
