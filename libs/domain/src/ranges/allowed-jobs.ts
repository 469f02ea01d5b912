import { DomainError } from '../errors';
import type { JobKind } from '../jobs/job';
import type { DesiredState, RangeState } from './range';

const POWER = ['range.start', 'range.stop', 'node.start', 'node.stop', 'node.snapshot'] as const satisfies JobKind[];
/** What rests on every node being what its row says. */
const WHOLE = ['baseline.create', 'range.apply'] as const satisfies JobKind[];

const RETURN = ['baseline.delete', 'range.reset', 'node.reset'] as const satisfies JobKind[];

/**
 * Kinds of job that may begin in each state of a range. A degraded range may only be repaired, set back to a baseline or
 * destroyed (or its failed job retried, which is no new job): what its nodes are is not certain. The same holds of a
 * quarantined one, whose reset could not be proven.
 */
const ALLOWED: Readonly<Record<RangeState, readonly JobKind[]>> = {
  deploying: ['range.deploy', 'range.destroy'],
  ready: [...POWER, ...WHOLE, ...RETURN, 'range.repair', 'range.destroy'],
  stopped: [...POWER, ...WHOLE, ...RETURN, 'range.repair', 'range.destroy'],
  degraded: [...RETURN, 'range.repair', 'range.destroy'],
  quarantined: [...RETURN, 'range.repair', 'range.destroy'],
  destroying: ['range.destroy'],
  destroyed: [],
};

/**
 * Refuses a kind of job that the range's state does not allow (`range.illegal_state`).
 * Whether another job is changing the range is not asked here: the database answers that (`range.busy`).
 */
export function assertAllowed(kind: JobKind, state: RangeState): void {
  if (kind === 'site.check' || kind === 'site.observe' || ALLOWED[state].includes(kind)) return;
  throw new DomainError('range.illegal_state', `A range that is ${state} cannot take a ${kind} job.`, { kind, state });
}

/** What a request changes at once on its range; absent members stay as they are. */
export interface RangeIntent {
  readonly state?: RangeState;
  readonly desired?: DesiredState;
}

const INTENTS: Readonly<Record<JobKind, RangeIntent>> = {
  'range.deploy': { state: 'deploying', desired: 'running' },
  'range.destroy': { state: 'destroying', desired: 'destroyed' },
  'range.start': { desired: 'running' },
  'range.stop': { desired: 'stopped' },
  'range.repair': {},
  'range.apply': {},
  'node.start': {},
  'node.stop': {},
  'node.snapshot': {},
  'baseline.create': {},
  'baseline.delete': {},
  'range.reset': {},
  'node.reset': {},
  'site.check': {},
  'site.observe': {},
};

/** State and desired state that a range takes in the transaction that accepts a job of `kind`. */
export function intentOf(kind: JobKind): RangeIntent {
  return INTENTS[kind];
}
