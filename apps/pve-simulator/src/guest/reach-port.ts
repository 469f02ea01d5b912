import type { Sim } from '../sim';
import { nicsOf, type Vm } from '../vms/vm';
import { interfacesOf } from './interfaces';

/** What becomes of a connection: somebody takes it, its host refuses it, or nobody answers. */
export type Reach = 'open' | 'refused' | 'unreachable';

/** A guest listens there unless it was told otherwise by hand: remote shells on Linux, remote desktops on Windows. */
const USUAL_PORTS = { linux: [22], windows: [3389] } as const;

/** Connects from one guest to an address. Both must run, and hang on one bridge with one tag, as guests without a router. */
export function reachPort(sim: Sim, from: Vm, address: string, port: number): Reach {
  const target = sim.vms.list().find((vm) => answersAt(sim, vm, from, address));
  if (target === undefined) return 'unreachable';
  const { linux, windows } = USUAL_PORTS;
  const listening = target.guest.ports ?? (String(target.config['ostype'] ?? '').startsWith('w') ? windows : linux);
  return listening.some((known) => known === port) ? 'open' : 'refused';
}

function answersAt(sim: Sim, vm: Vm, from: Vm, address: string): boolean {
  const { running } = vm;
  if (running === undefined || running.paused || running.bootedAt > sim.time.now()) return false;
  const near = new Set(segmentsOf(from).map(({ segment }) => segment));
  return segmentsOf(vm).some(({ segment, nic }) => near.has(segment) && addressesOf(vm, nic).includes(address));
}

/** The networks that plugged NICs hang on. */
function segmentsOf(vm: Vm): { readonly segment: string; readonly nic: string }[] {
  return nicsOf(vm.config)
    .filter(({ properties }) => properties['bridge'] !== undefined && properties['link_down'] !== '1')
    .map(({ key, properties }) => ({ segment: `${properties['bridge']}/${properties['tag'] ?? ''}`, nic: key }));
}

function addressesOf(vm: Vm, nic: string): string[] {
  const name = `eth${nic.slice(3)}`;
  const card = interfacesOf(vm).find((entry) => entry.name === name);
  return (card?.['ip-addresses'] ?? []).map((entry) => entry['ip-address']);
}
