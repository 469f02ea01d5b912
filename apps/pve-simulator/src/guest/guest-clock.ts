import type { Sim } from '../sim';
import type { Vm } from '../vms/vm';

/**
 * The guest's own time, milliseconds since 1970: it stands still while the VM is paused, and goes on from where it was when
 * memory is loaded, until somebody sets it.
 */
export function guestTime(sim: Sim, { running }: Vm): number {
  return (running?.pausedAt ?? sim.time.now()) - (running?.clockLagMs ?? 0);
}

export function setGuestTime(sim: Sim, { running }: Vm, milliseconds: number): void {
  if (running !== undefined) running.clockLagMs = sim.time.now() - milliseconds;
}

export function pauseGuest(sim: Sim, { running }: Vm): void {
  if (running === undefined || running.paused) return;
  running.paused = true;
  running.pausedAt = sim.time.now();
}

export function resumeGuest(sim: Sim, { running }: Vm): void {
  if (running === undefined || !running.paused) return;
  running.clockLagMs += sim.time.now() - (running.pausedAt ?? sim.time.now());
  running.paused = false;
  delete running.pausedAt;
}
