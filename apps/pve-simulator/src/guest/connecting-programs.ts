import { setGuestTime } from './guest-clock';
import { reachPort, type Reach } from './reach-port';
import { OK, type Guest, type ProgramResult } from './program-result';

/** Until nobody has answered, simulated milliseconds. */
const NO_ROUTE_MS = 3_000;

const WORDS: Readonly<Record<Exclude<Reach, 'open'>, string>> = {
  refused: 'Connection refused',
  unreachable: 'No route to host',
};

/** A shell that opens `/dev/tcp/ADDRESS/PORT`. */
export function connect({ sim, vm }: Guest, address: string, port: number): ProgramResult {
  const reach = reachPort(sim, vm, address, port);
  if (reach === 'open') return OK;
  const stderr = `bash: connect: ${WORDS[reach]}\n`;
  return { ...OK, stderr, exitCode: 1, milliseconds: reach === 'refused' ? 0 : NO_ROUTE_MS };
}

/** `nc -z ADDRESS PORT`. */
export function netcat(guest: Guest, args: readonly string[]): ProgramResult {
  const [address = '', port = ''] = args.slice(-2);
  return { ...connect(guest, address, Number(port)), stderr: '' };
}

/** The two cmdlets that it has: one sets the clock, one tries a port. Any other script ends well. */
export function powershell(guest: Guest, script: string): ProgramResult {
  const seconds = /Set-Date\b.*FromUnixTimeSeconds\((\d+)\)/.exec(script)?.[1];
  if (seconds !== undefined) setGuestTime(guest.sim, guest.vm, Number(seconds) * 1_000);
  const test = /Test-NetConnection -ComputerName (\S+) -Port (\d+)/.exec(script);
  return test === null ? OK : { ...connect(guest, test[1] ?? '', Number(test[2])), stderr: '' };
}
