import { guestTime, setGuestTime } from './guest-clock';
import { OK, type Guest, type ProgramResult } from './program-result';

/** Shows the guest's time, as `+%s` or in the form of ISO 8601, or sets it with `-s @seconds`. */
export function date({ sim, vm }: Guest, args: readonly string[]): ProgramResult {
  const wanted = args.indexOf('-s');
  if (wanted >= 0) {
    const seconds = /^@(\d+)$/.exec(args[wanted + 1] ?? '')?.[1];
    if (seconds === undefined)
      return { ...OK, stderr: `date: invalid date '${args[wanted + 1] ?? ''}'\n`, exitCode: 1 };
    setGuestTime(sim, vm, Number(seconds) * 1_000);
  }
  const now = guestTime(sim, vm);
  return { ...OK, stdout: `${args.includes('+%s') ? Math.floor(now / 1_000) : new Date(now).toISOString()}\n` };
}

/** A time service that is told to catch up at once: its servers know the present. */
export function chronyc({ sim, vm }: Guest, args: readonly string[]): ProgramResult {
  if (args.some((arg) => arg === 'makestep' || arg === '/resync')) setGuestTime(sim, vm, sim.time.now());
  return { ...OK, stdout: '200 OK\n' };
}
