import { setTimeout as delay } from 'node:timers/promises';
import type { CommandPayloads, ExecProbe, GuestOs, ProbeResult, ProbeSpec, TcpProbe } from '@orion/contracts';
import { HypervisorError, type Hypervisor, type VmRef } from '@orion/hypervisor';
import { monotonicMs } from '@orion/runtime';
import { matchOutput } from './match-output';

/** A service may need a moment after its guest is ready: a probe is tried again until its time is over. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Of what a program prints so much is looked at, characters. */
const LOOKED_AT = 16_384;
/** Of it so much is reported, characters. */
const REPORTED = 200;
/** One try to connect, seconds. */
const LONGEST_CONNECT_S = 5;
/** Goes into a shell's command line. */
const PLAIN_ADDRESS = /^[\w.:-]+$/;

interface Tried {
  readonly ok: boolean;
  readonly found: string;
}

/** Tries each probe until it succeeds or its time is over. Probes of one node run one after another. */
export async function runProbes(
  hypervisor: Hypervisor,
  ref: VmRef,
  { probes }: Pick<CommandPayloads['vm.probe'], 'probes'>,
  signal: AbortSignal,
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const probe of probes) {
    const expected = expectedOf(probe);
    results.push({ name: probe.name, expected, ...(await untilOk(probe.timeoutMs, signal, (left) => attempt(left))) });
    async function attempt(leftMs: number): Promise<Tried> {
      return probe.type === 'exec' ? tryExec(hypervisor, ref, probe, leftMs) : tryTcp(hypervisor, ref, probe, leftMs);
    }
  }
  return results;
}

async function untilOk(
  timeoutMs: number,
  signal: AbortSignal,
  attempt: (leftMs: number) => Promise<Tried>,
): Promise<Tried> {
  const deadline = monotonicMs() + timeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const tried = await attempt(Math.max(1_000, deadline - monotonicMs())).catch(asFinding);
    if (tried.ok || monotonicMs() + pause > deadline) return tried;
    await delay(pause, undefined, { signal });
  }
}

/** What goes wrong in a guest is found out about it; what goes wrong on the way to it is not. */
function asFinding(error: unknown): Tried {
  const inGuest = error instanceof HypervisorError && (error.code.startsWith('guest.') || error.code.startsWith('vm.'));
  if (inGuest || (error instanceof HypervisorError && error.code === 'hypervisor.outcome_unknown')) {
    return { ok: false, found: error.message };
  }
  throw error;
}

async function tryExec(hypervisor: Hypervisor, ref: VmRef, probe: ExecProbe, timeoutMs: number): Promise<Tried> {
  const result = await hypervisor.guestExec(ref, { command: probe.command, timeoutMs });
  const printed = result.stdout.slice(0, LOOKED_AT);
  const { found, reason } = probe.output === undefined ? { found: true } : matchOutput(probe.output, printed);
  const end = result.exitCode === undefined ? `signal ${result.signal ?? 0}` : `exit ${result.exitCode}`;
  const said = (printed === '' ? result.stderr : printed).trim().slice(0, REPORTED);
  const seen = said === '' ? end : `${end}, printed ${said}`;
  return { ok: result.exitCode === probe.exitCode && found, found: reason === undefined ? seen : `${seen}; ${reason}` };
}

async function tryTcp(hypervisor: Hypervisor, ref: VmRef, probe: TcpProbe, timeoutMs: number): Promise<Tried> {
  const { vmId, host, node, os } = probe.from;
  const from: VmRef = { vmId, host, mark: { ...ref.mark, node } };
  if (!PLAIN_ADDRESS.test(probe.address)) return { ok: false, found: `no address to connect to: ${probe.address}` };
  const command = connectCommand(
    os,
    probe.address,
    probe.port,
    Math.min(LONGEST_CONNECT_S, Math.ceil(timeoutMs / 1_000)),
  );
  const { exitCode } = await hypervisor.guestExec(from, { command, timeoutMs });
  return exitCode === 0
    ? { ok: true, found: 'connected' }
    : { ok: false, found: `no connection (exit ${exitCode ?? 'by signal'})` };
}

/** Of Linux guests without bash many have nc. Without a limit a silent address would leave a process behind for minutes. */
function connectCommand(os: GuestOs, address: string, port: number, seconds: number): readonly string[] {
  if (os === 'windows') {
    const script = `if ((Test-NetConnection -ComputerName ${address} -Port ${port}).TcpTestSucceeded) { exit 0 } else { exit 1 }`;
    return ['powershell.exe', '-NoProfile', '-Command', script];
  }
  const script = `timeout ${seconds} bash -c 'exec 3<>/dev/tcp/${address}/${port}' || nc -z -w ${seconds} ${address} ${port}`;
  return ['/bin/sh', '-c', script];
}

function expectedOf(probe: ProbeSpec): string {
  if (probe.type === 'tcp') return `a connection from ${probe.from.node} to ${probe.address}:${probe.port}`;
  return `exit ${probe.exitCode}${probe.output === undefined ? '' : `, printed what matches ${probe.output}`}`;
}
