import type { StepKind } from '../jobs/step';

export interface StepDefaults {
  /** Expected time as long as nothing was measured, milliseconds. */
  readonly expectedMs: number;
  /** Time-out of one attempt, milliseconds. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** Resources whose slot the step takes while it runs. Booting loads no slot: the hypervisor is done with `vm.start`. */
  readonly takes: readonly ('host' | 'storage')[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Every step of every plan takes its times, attempts and load from here. */
export const STEP_DEFAULTS: Readonly<Record<StepKind, StepDefaults>> = {
  // Networks of many ranges wait for one another: a hundred are applied at once.
  'network.ensure': { expectedMs: SECOND, timeoutMs: 5 * MINUTE, maxAttempts: 5, takes: [] },
  'network.remove': { expectedMs: SECOND, timeoutMs: 5 * MINUTE, maxAttempts: 5, takes: [] },
  'vm.clone': { expectedMs: 4 * SECOND, timeoutMs: 15 * MINUTE, maxAttempts: 5, takes: ['host', 'storage'] },
  'vm.configure': { expectedMs: SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: ['host'] },
  'vm.start': { expectedMs: 2 * SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: ['host'] },
  'vm.ready': { expectedMs: 20 * SECOND, timeoutMs: 10 * MINUTE, maxAttempts: 2, takes: [] },
  'vm.stop': { expectedMs: 10 * SECOND, timeoutMs: 5 * MINUTE, maxAttempts: 5, takes: ['host'] },
  'vm.snapshot': { expectedMs: 3 * SECOND, timeoutMs: 10 * MINUTE, maxAttempts: 3, takes: ['host', 'storage'] },
  'vm.unsnapshot': { expectedMs: 3 * SECOND, timeoutMs: 30 * MINUTE, maxAttempts: 5, takes: ['host', 'storage'] },
  'vm.rollback': { expectedMs: 3 * SECOND, timeoutMs: 30 * MINUTE, maxAttempts: 5, takes: ['host', 'storage'] },
  'vm.suspend': { expectedMs: SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: ['host'] },
  'vm.resume': { expectedMs: SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: ['host'] },
  'vm.clock': { expectedMs: SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: [] },
  'vm.inspect': { expectedMs: SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: [] },
  'vm.probe': { expectedMs: 2 * SECOND, timeoutMs: 10 * MINUTE, maxAttempts: 3, takes: [] },
  'vm.destroy': { expectedMs: 3 * SECOND, timeoutMs: 5 * MINUTE, maxAttempts: 8, takes: ['host', 'storage'] },
  'template.boot': { expectedMs: 40 * SECOND, timeoutMs: 20 * MINUTE, maxAttempts: 3, takes: ['host', 'storage'] },
  'site.check': { expectedMs: 5 * SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 2, takes: [] },
  'site.observe': { expectedMs: 2 * SECOND, timeoutMs: 2 * MINUTE, maxAttempts: 5, takes: [] },
};

/** A full clone copies the disk; these replace the values of a linked one. */
export const FULL_CLONE: Pick<StepDefaults, 'expectedMs' | 'timeoutMs'> = {
  expectedMs: MINUTE,
  timeoutMs: 60 * MINUTE,
};
