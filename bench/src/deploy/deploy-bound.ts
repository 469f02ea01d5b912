import { lowerBound, type TimedStep } from '@orion/domain';
import type { LatencyProfile } from '@orion/pve-simulator';
import { waitsFor, type DeployPoint } from './points';

/** What the bench reads of a step of a deploy that has ended. */
export interface StepReading {
  readonly kind: string;
  readonly subject: string;
  readonly host: string | null;
  readonly storage: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** The least that each kind of step takes: its task, the call that begins it, and nothing else. Milliseconds. */
export function leastMs(kind: string, profile: LatencyProfile): number {
  switch (kind) {
    case 'vm.clone':
      return profile.protectedCall + profile.workerFork + profile.linkedClone + cloudInitDriveMs(profile);
    case 'vm.configure':
      return profile.protectedCall;
    case 'vm.start':
      return profile.protectedCall + profile.start;
    case 'vm.ready':
      return profile.boot;
    default:
      return 0;
  }
}

/** A template with cloud-init has a second, small drive, made under the storage's lock. */
function cloudInitDriveMs(profile: LatencyProfile): number {
  return profile.storageLocked / 2;
}

const BEFORE: Readonly<Record<string, string>> = {
  'vm.configure': 'vm.clone',
  'vm.start': 'vm.configure',
  'vm.ready': 'vm.start',
};

function predecessors(kind: string, subject: string): readonly string[] {
  const other = kind === 'vm.start' ? waitsFor(subject) : undefined;
  return [
    ...(BEFORE[kind] === undefined ? [] : [`${BEFORE[kind]} ${subject}`]),
    ...(other === undefined ? [] : [`vm.ready ${other}`]),
  ];
}

/** The steps in the order of the plan, which is topological. */
export function timedSteps(steps: readonly StepReading[], profile: LatencyProfile): readonly TimedStep[] {
  return steps
    .filter(({ kind }) => kind.startsWith('vm.'))
    .map(({ kind, subject, host, storage }) => ({
      key: `${kind} ${subject}`,
      dependsOn: predecessors(kind, subject),
      durationMs: leastMs(kind, profile),
      ...(host !== null && { host }),
      ...(storage !== null && { storage }),
    }));
}

/**
 * The least time for these steps: the larger of what the site's slots and chains allow, and of what the lock of the
 * storage allows, which one clone holds at a time while its volumes are allocated.
 */
export function deployBoundMs(steps: readonly TimedStep[], profile: LatencyProfile, point: DeployPoint): number {
  const bySlots = lowerBound(steps, { perHost: point.hostSlots, perStorage: point.storageSlots }).boundMs;
  const byLock = lowerBound(
    steps.flatMap((step) => underLock(step, profile)),
    { perHost: Infinity, perStorage: 1 },
  ).boundMs;
  return Math.max(bySlots, byLock);
}

function underLock(step: TimedStep, profile: LatencyProfile): readonly TimedStep[] {
  const { key, dependsOn, durationMs } = step;
  if (step.storage === undefined) return [{ key, dependsOn, durationMs }];
  const lockedMs = profile.storageLocked + cloudInitDriveMs(profile);
  return [
    { key: `${key} locked`, dependsOn, durationMs: lockedMs, storage: step.storage },
    { key, dependsOn: [`${key} locked`], durationMs: durationMs - lockedMs },
  ];
}
