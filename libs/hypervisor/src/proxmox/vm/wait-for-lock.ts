import { HypervisorError } from '../../hypervisor-error';
import type { OperationScope } from '../tasks/operation-scope';
import type { VmApi, VmPlace, VmStatus } from './vm-api';

/** A VM suspended to disk: every call works on it that ends the suspension. */
const HARMLESS = 'suspended';

/**
 * The status once nobody holds the VM's lock. One that stays beyond `lockMs` is `hypervisor.locked`: if no task holds it any
 * more, only an administrator can take it away (`qm unlock`). `justSeen`: the status as it was just read.
 */
export async function waitForLock(
  scope: OperationScope,
  api: VmApi,
  place: VmPlace,
  lockMs: number,
  justSeen?: VmStatus,
): Promise<VmStatus> {
  let held: string | undefined;
  let known = justSeen;
  const status = await scope.lookFor(lockMs, async () => {
    const seen = known ?? (await api.status(place));
    known = undefined;
    held = seen.lock;
    return held === undefined || held === HARMLESS ? seen : undefined;
  });
  if (status !== undefined) return status;
  throw new HypervisorError(
    'hypervisor.locked',
    'conflict',
    `${scope.what}: the lock (${held}) stays; without a task it needs "qm unlock ${place.vmId}" on ${place.host}`,
    { lock: held },
  );
}
