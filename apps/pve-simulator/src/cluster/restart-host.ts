import type { Sim } from '../sim';
import { powerOff } from '../vms/power';
import type { Host } from './cluster';

/**
 * Restarts a host: its tasks die with "unexpected status", its VMs are off, config locks stay as they were. The host
 * answers again after the time of a reboot.
 */
export async function restartHost(sim: Sim, host: Host): Promise<{ host: string; restarted: true }> {
  host.online = false;
  sim.tasks.killAll(host.name);
  for (const vm of sim.vms.on(host.name)) if (vm.running !== undefined) powerOff(vm);
  await sim.time.wait(sim.profile.hostReboot);
  host.bootedAt = sim.time.now();
  host.online = true;
  return { host: host.name, restarted: true };
}
