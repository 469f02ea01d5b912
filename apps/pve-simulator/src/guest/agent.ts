import { died, PveError } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { agentOption, nameOf, type Vm } from '../vms/vm';
import { guestTime } from './guest-clock';
import { interfacesOf } from './interfaces';
import type { ProgramResult } from './program-result';
import { runProgram } from './programs';

interface Process {
  readonly result: ProgramResult;
  readonly endsAt: number;
}

/** Processes that were started through agents and not read yet, by VM and process. */
const processes = new WeakMap<Vm, Map<number, Process>>();

/** The VM, once its agent would answer; fails as a call to an agent that does not. */
async function reachAgent(call: Call, sim: Sim): Promise<Vm> {
  const vm = sim.vms.load(call.host, call.vmid);
  if (agentOption(vm.config) === undefined) throw died('No QEMU guest agent configured');
  if (vm.running === undefined) throw died(`VM ${vm.vmid} is not running`);
  if (vm.running.agent !== true) throw died('QEMU guest agent is not running');
  const silent = vm.running.paused || vm.guest.agentDead === true;
  if (silent || vm.running.bootedAt > sim.time.now() + sim.time.scaled(sim.profile.agentSilent)) {
    await sim.time.wait(sim.profile.agentSilent);
    throw died('QEMU guest agent is not running');
  }
  // An agent that comes up while the call waits still answers it.
  await sim.time.wait(Math.max(0, (vm.running.bootedAt - sim.time.now()) / (sim.time.factor || 1)));
  await sim.time.wait(sim.profile.agentCall);
  return vm;
}

export async function ping(call: Call, sim: Sim): Promise<unknown> {
  await reachAgent(call, sim);
  return { result: {} };
}

/**
 * A program that the guest does not have: its error text holds curly quotes, which break the answer. The caller gets
 * 596 after five seconds.
 */
export async function exec(call: Call, sim: Sim): Promise<unknown> {
  const command = call.params['command'];
  const input = call.params['input-data'];
  if (!Array.isArray(command) || command.length === 0) throw died('command or input-data (or both) required');
  const vm = await reachAgent(call, sim);
  const result = runProgram({ sim, vm }, command, String(input ?? ''));
  if (result === undefined) {
    await sim.time.wait(sim.profile.agentBroken);
    throw new PveError(596, 'Broken pipe');
  }
  sim.counters.add('execs');
  const pid = 170 + sim.random.below(30_000);
  const known = processes.get(vm) ?? new Map<number, Process>();
  processes.set(vm, known);
  known.set(pid, { result, endsAt: sim.time.now() + sim.time.scaled(result.milliseconds) });
  return { pid };
}

/** A finished process can be read once. Output bytes arrive as Latin-1. */
export async function execStatus(call: Call, sim: Sim): Promise<unknown> {
  const vm = await reachAgent(call, sim);
  const pid = Number(call.params['pid']);
  const process = processes.get(vm)?.get(pid);
  if (process === undefined) throw died('Agent error: PID ld does not exist');
  if (process.endsAt > sim.time.now()) return { exited: 0 };
  processes.get(vm)?.delete(pid);
  const { stdout, stderr, exitCode, signal } = process.result;
  return {
    exited: 1,
    ...(signal === undefined ? { exitcode: exitCode ?? 0 } : { signal }),
    ...(stdout === '' ? {} : { 'out-data': stdout, 'out-truncated': 0 }),
    ...(stderr === '' ? {} : { 'err-data': stderr, 'err-truncated': 0 }),
  };
}

const WRITABLE = /^\/(?:tmp|etc|root|home|var|opt|run|usr|mnt|srv)(?:\/.*)?\/?[^/]+$|^[A-Za-z]:[\\/]/;

export async function fileWrite(call: Call, sim: Sim): Promise<null> {
  const vm = await reachAgent(call, sim);
  const file = String(call.params['file']);
  if (!WRITABLE.test(file))
    throw died(`Agent error: failed to open file '${file}' (mode: 'wb'): No such file or directory`);
  const content = String(call.params['content']);
  vm.files[file] = call.params['encode'] === 0 ? Buffer.from(content, 'base64').toString('latin1') : content;
  sim.counters.add('fileWrites');
  return null;
}

export async function fileRead(call: Call, sim: Sim): Promise<unknown> {
  const vm = await reachAgent(call, sim);
  const file = String(call.params['file']);
  const content = vm.files[file];
  if (content === undefined)
    throw died(`Agent error: failed to open file '${file}' (mode: 'r'): No such file or directory`);
  return { content, 'bytes-read': content.length };
}

export async function networkInterfaces(call: Call, sim: Sim): Promise<unknown> {
  return { result: interfacesOf(await reachAgent(call, sim)) };
}

const isWindows = (vm: Vm) => String(vm.config['ostype'] ?? '').startsWith('w');

export async function osInfo(call: Call, sim: Sim): Promise<unknown> {
  const vm = await reachAgent(call, sim);
  if (isWindows(vm)) {
    const server = nameOf(vm).includes('server') || vm.config['ostype'] === 'win10';
    const name = server ? 'Microsoft Windows Server' : 'Microsoft Windows';
    return {
      result: {
        id: 'mswindows',
        name,
        'pretty-name': name,
        version: '10',
        'version-id': '10',
        machine: 'x86_64',
        'kernel-release': '26100',
        'kernel-version': '10.0',
        variant: server ? 'server' : 'client',
      },
    };
  }
  return {
    result: {
      id: 'debian',
      name: 'Debian GNU/Linux',
      'pretty-name': 'Debian GNU/Linux 12 (bookworm)',
      'version-id': '12',
      version: '12 (bookworm)',
      machine: 'x86_64',
      'kernel-release': '6.1.0-amd64',
      'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.1',
    },
  };
}

/** The remaining read-only commands, each with a fixed kind of answer. */
export async function simpleQuery(call: Call, sim: Sim): Promise<unknown> {
  const vm = await reachAgent(call, sim);
  switch (call.path.slice(call.path.lastIndexOf('/') + 1)) {
    case 'get-host-name':
      return { result: { 'host-name': nameOf(vm) } };
    case 'get-time':
      return { result: guestTime(sim, vm) * 1_000_000 };
    case 'get-timezone':
      return { result: { offset: 0, zone: 'UTC' } };
    case 'get-vcpus':
      return { result: [{ 'logical-id': 0, online: true, 'can-offline': false }] };
    case 'fsfreeze-status':
      return { result: 'thawed' };
    case 'fstrim':
      return { result: { paths: [] } };
    case 'info':
      return { result: { version: '10.0.13', supported_commands: SUPPORTED } };
    default:
      return { result: [] };
  }
}

/** The old form of all commands without parameters. */
export function command(call: Call, sim: Sim): Promise<unknown> {
  const name = String(call.params['command']);
  if (name === 'ping') return ping(call, sim);
  if (name === 'get-osinfo') return osInfo(call, sim);
  if (name === 'network-get-interfaces') return networkInterfaces(call, sim);
  return simpleQuery({ ...call, path: `/${name}` }, sim);
}

const SUPPORTED = [
  'guest-ping',
  'guest-exec',
  'guest-exec-status',
  'guest-file-open',
  'guest-network-get-interfaces',
].map((name) => ({ name, enabled: true, 'success-response': true }));
