import type { GuestOs } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';
import type { VmRef } from '../../port';
import type { GuestAgent } from './guest-agent';

const PATIENCE_MS = 20_000;

/** A guest that came back with its memory still has the time at which that was taken. Kerberos bears five minutes. */
const COMMANDS: Readonly<Record<GuestOs, (seconds: number) => readonly string[] | undefined>> = {
  linux: (seconds) => ['/bin/sh', '-c', `date -u -s @${seconds} || chronyc makestep`],
  windows: (seconds) => [
    'powershell.exe',
    '-NoProfile',
    '-Command',
    `try { Set-Date -ErrorAction Stop -Date ([DateTimeOffset]::FromUnixTimeSeconds(${seconds}).LocalDateTime); exit 0 } catch { w32tm /resync /force; exit $LASTEXITCODE }`,
  ],
  other: () => undefined,
};

/** Sets a guest's clock to the present, to the second; false when the guest does not let itself be set. May be repeated. */
export async function setGuestClock(guest: GuestAgent, ref: VmRef, os: GuestOs, now: number): Promise<boolean> {
  const command = COMMANDS[os](Math.round(now / 1_000));
  if (command === undefined) return false;
  try {
    return (await guest.exec(ref, { command, timeoutMs: PATIENCE_MS })).exitCode === 0;
  } catch (error) {
    if (error instanceof HypervisorError && NOT_SETTABLE.has(error.code)) return false;
    throw error;
  }
}

const NOT_SETTABLE = new Set([
  'guest.agent_not_configured',
  'guest.agent_unavailable',
  'guest.exec_failed',
  'vm.not_running',
]);
