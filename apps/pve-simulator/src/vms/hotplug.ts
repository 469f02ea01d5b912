import { badParameters } from '../http/pve-error';
import { parseProperties, type Properties } from '../http/property-string';
import type { Sim } from '../sim';
import { hasBridge } from './bridges';
import { NET_FORMAT } from './config-formats';
import type { ConfigChange } from './config-change';
import { allocateDisks } from './destroy';
import { DISK_KEY, NET_KEY, type Vm } from './vm';

/** Keys that change a running VM at once. */
const IMMEDIATE = [
  'description',
  'hookscript',
  'lock',
  'name',
  'onboot',
  'protection',
  'shares',
  'startup',
  'tags',
  'vmstatestorage',
];
const PLUGGABLE_DISK = /^(?:scsi|virtio)\d+$/;

/**
 * Changes a running VM: what can be plugged takes effect, the rest waits for the next stop. A refused plug fails the
 * call with 400 and stays in the list of pending changes.
 */
export async function hotplug(sim: Sim, vm: Vm, change: ConfigChange): Promise<void> {
  for (const key of change.remove) {
    if (vm.config[key] === undefined && vm.pending[key] === undefined) continue;
    vm.pending[key] = null;
  }
  for (const [key, value] of Object.entries(change.set)) {
    if (vm.config[key] === value) Reflect.deleteProperty(vm.pending, key);
    else vm.pending[key] = value;
  }
  const errors: Record<string, string> = {};
  // Earlier refusals stay pending without a second try.
  for (const key of [...change.remove, ...Object.keys(change.set)]) {
    const value = vm.pending[key];
    if (value === undefined) continue;
    const problem = await plug(sim, vm, key, value);
    if (problem !== undefined) errors[key] = `hotplug problem - ${problem}\n`;
  }
  if (Object.keys(errors).length > 0) throw badParameters(errors);
}

/** Makes one pending change real where that is possible; answers what went wrong. */
async function plug(sim: Sim, vm: Vm, key: string, value: string | number | null): Promise<string | undefined> {
  if (NET_KEY.test(key)) return plugNic(sim, vm, key, value);
  if (PLUGGABLE_DISK.test(key) && value !== null) {
    settle(vm, key, allocateDisks(sim, vm.vmid, { [key]: value })[key] ?? value);
  } else if (IMMEDIATE.includes(key) && !DISK_KEY.test(key)) {
    settle(vm, key, key === 'description' && value === '' ? null : value);
  }
  return undefined;
}

async function plugNic(sim: Sim, vm: Vm, key: string, value: string | number | null): Promise<string | undefined> {
  const present = vm.config[key];
  if (value !== null) {
    const wanted = parseProperties(NET_FORMAT, String(value));
    const old = present === undefined ? undefined : parseProperties(NET_FORMAT, String(present));
    const bridge = wanted['bridge'];
    const isReplug = old === undefined || needsReplug(old, wanted);
    if (bridge !== undefined && !hasBridge(sim, vm.host, bridge)) {
      if (!isReplug) return `interface ${bridge} does not exist`;
      const script = '/usr/libexec/qemu-server/pve-bridge-hotplug';
      return `VM ${vm.vmid} qmp command 'netdev_add' failed - network script ${script} failed with status 512`;
    }
    if (isReplug) await sim.time.wait(sim.profile.hotplug);
  }
  settle(vm, key, value);
  return undefined;
}

function needsReplug(old: Properties, wanted: Properties): boolean {
  return ['model', 'macaddr', 'queues', 'mtu'].some((name) => old[name] !== wanted[name]);
}

function settle(vm: Vm, key: string, value: string | number | null): void {
  Reflect.deleteProperty(vm.pending, key);
  if (value === null) Reflect.deleteProperty(vm.config, key);
  else vm.config[key] = value;
}
