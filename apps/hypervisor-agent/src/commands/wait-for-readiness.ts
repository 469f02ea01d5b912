import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError, type Hypervisor, type VmRef } from '@orion/hypervisor';

const FIRST_LOOK_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits until the guest agent answers, and reports the addresses that the guest shows; for a VM without one, until it
 * runs. Looks less and less often, up to once a second. Ends early when the signal aborts, or when the VM has stopped:
 * a guest that is off will never be ready.
 */
export async function waitForReadiness(
  hypervisor: Hypervisor,
  ref: VmRef,
  guestAgent: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.25, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    if (guestAgent && (await hypervisor.guestPing(ref))) return addressesOf(hypervisor, ref);
    if (!guestAgent || pause === LONGEST_PAUSE_MS) {
      const vm = await hypervisor.observeVm(ref.vmId, ref.host);
      if (vm === undefined) throw new HypervisorError('vm.not_found', 'permanent', `VM ${ref.vmId} does not exist.`);
      if (vm.state === 'stopped')
        throw new HypervisorError('vm.not_running', 'retryable', `VM ${ref.vmId} has stopped.`);
      if (!guestAgent && vm.state === 'running') return [];
    }
    await delay(pause, undefined, { signal });
  }
}

async function addressesOf(hypervisor: Hypervisor, ref: VmRef): Promise<readonly string[]> {
  const interfaces = await hypervisor.guestInterfaces(ref);
  return interfaces.filter(({ name }) => name !== 'lo').flatMap(({ addresses }) => addresses);
}
