import { DispatchQueue, type BusyStep, type ReadyStep } from './dispatch-queue';
import type { SlotLimits } from './slots';

export interface SelectionRequest {
  readonly ready: readonly ReadyStep[];
  readonly inFlight: readonly BusyStep[];
  readonly slots: SlotLimits;
  /** Slot-milliseconds that each tenant has had beyond its turn; a tenant that is not named has had none. */
  readonly tenants: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Selection<S extends ReadyStep = ReadyStep> {
  /** In the order of dispatch. */
  readonly chosen: readonly S[];
  /** `tenants` after this choice, for the next call. Tenants at 0 are left out. */
  readonly deficits: ReadonlyMap<string, number>;
}

/**
 * Chooses which ready steps begin now.
 *
 * Tenants take turns weighed in slot-milliseconds: the one that has had least goes next and is charged the expected
 * time of its step per slot. Within a tenant older jobs go first, within a job the longest tail, and of tails about as
 * long the one on the least busy host. A step whose slots are all taken is passed over, so that no slot stays
 * free while some step could use it. A step that takes no slot is always chosen and costs nothing.
 *
 * Between two tenants that always have work for the same slots the difference in what they got never exceeds one
 * longest step. Being idle earns nothing.
 */
export function selectSteps<S extends ReadyStep>(
  request: Omit<SelectionRequest, 'ready'> & { readonly ready: readonly S[] },
): Selection<S> {
  const queue = new DispatchQueue<S>(request.slots, request.inFlight, request.tenants);
  for (const step of request.ready) if (step.dueAt === undefined || step.dueAt <= request.now) queue.add(step);
  const chosen = queue.choose();
  return { chosen, deficits: queue.deficits };
}
