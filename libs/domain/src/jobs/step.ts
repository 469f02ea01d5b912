import type { ErrorCode } from '../errors';

/** One operation on one node or network. The name is the same in the plan, the command, the agent and the traces. */
export const STEP_KINDS = [
  'network.ensure',
  'network.remove',
  'vm.clone',
  'vm.configure',
  'vm.start',
  'vm.ready',
  'vm.stop',
  'vm.snapshot',
  'vm.unsnapshot',
  'vm.rollback',
  'vm.suspend',
  'vm.resume',
  'vm.clock',
  'vm.inspect',
  'vm.probe',
  'vm.destroy',
  'template.boot',
  'site.check',
  'site.observe',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const STEP_STATES = [
  'waiting',
  'ready',
  'dispatched',
  'running',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
  'unknown',
] as const;
export type StepState = (typeof STEP_STATES)[number];

/** How an attempt failed, which decides what follows: see `afterFailure`. */
export const ERROR_CLASSES = ['retryable', 'conflict', 'permanent', 'unknown'] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

export interface StepError {
  readonly code: ErrorCode;
  readonly class: ErrorClass;
  readonly detail: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What one attempt came to. `unknown` class in a failure: the effect could not be observed. */
export type StepOutcome =
  | { readonly status: 'succeeded'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly status: 'failed'; readonly error: StepError }
  | { readonly status: 'cancelled' };

/** Tells whether a step in this state will not move again within the job's attempt. */
export function isSettled(state: StepState): boolean {
  return state !== 'waiting' && state !== 'ready' && state !== 'dispatched' && state !== 'running';
}

/** Tells whether an agent may be working on a step in this state. */
export function isInFlight(state: StepState): boolean {
  return state === 'dispatched' || state === 'running';
}
