import { badParameters, died } from '../http/pve-error';
import { requireRight } from '../http/dispatch';
import type { Parameters } from '../http/parameters';
import { parseProperties } from '../http/property-string';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { bridgePath } from './bridges';
import { NET_FORMAT } from './config-formats';
import type { ConfigChange } from './config-change';
import { requireKeyRight } from './config-rights';
import { CONTROL, isOption } from './config-schema';
import { allocateDisks } from './destroy';
import { hotplug } from './hotplug';
import { digestOf, DISK_KEY, disksOf, NET_KEY, printNic, withPending, type Vm } from './vm';
import { withVmLock } from './vm-lock';
import { checkLock } from './vms';
import { namesIn } from '../http/values';

export function putConfig(call: Call, sim: Sim): Promise<null> {
  return update(call, sim);
}

/** The asynchronous form; with a delay it answers null, because the work is done by then. */
export async function postConfig(call: Call, sim: Sim): Promise<string | null> {
  const { host, vmid, params } = call;
  const change = checkChange(call, sim);
  checkLock(sim.vms.load(host, vmid));
  checkDigest(sim.vms.load(host, vmid), params);
  requireDiskSources(sim, change);
  let failure: unknown;
  const upid = sim.tasks.start({
    operation: 'vm.configure',
    node: host,
    type: 'qmconfig',
    id: String(vmid),
    caller: call.caller,
    vmIds: [vmid],
    body: async () => {
      await applyChange(sim, call, change);
    },
    ended: (error) => {
      failure = error;
    },
  });
  if (params['background_delay'] === undefined) return upid;
  const limit = Number(params['background_delay']) * 1000;
  const isDone = () => sim.tasks.find(upid)?.exitstatus !== undefined;
  for (let waited = 0; waited < limit && !isDone(); waited += 50) await sim.time.wait(50);
  if (!isDone()) return upid;
  if (failure instanceof Error) throw failure;
  return null;
}

async function update(call: Call, sim: Sim): Promise<null> {
  const change = checkChange(call, sim);
  await applyChange(sim, call, change);
  return null;
}

function applyChange(sim: Sim, call: Call, change: ConfigChange): Promise<void> {
  const { host, vmid, params } = call;
  return withVmLock(sim, vmid, {}, async () => {
    const vm = sim.vms.load(host, vmid);
    checkDigest(vm, params);
    checkLock(vm);
    requireDiskSources(sim, change);
    for (const key of change.revert) Reflect.deleteProperty(vm.pending, key);
    const set = vm.running === undefined ? allocateDisks(sim, vmid, change.set) : change.set;
    if (vm.running === undefined) applyToStopped(vm, set, change.remove);
    else await hotplug(sim, vm, { ...change, set });
    sim.counters.add('configs');
  });
}

function checkDigest(vm: Vm, params: Parameters): void {
  const digest = params['digest'];
  if (digest !== undefined && digest !== digestOf(vm)) throw died('checksum mismatch (file change by other user?)');
}

function applyToStopped(vm: Vm, set: Record<string, string | number>, remove: readonly string[]): void {
  for (const key of remove) removeKey(vm, key);
  for (const [key, value] of Object.entries(set)) vm.config[key] = value;
  if (vm.config['description'] === '') delete vm.config['description'];
}

/** A removed disk stays on its storage as an unused one, until that is removed too. */
function removeKey(vm: Vm, key: string): void {
  const value = vm.config[key];
  Reflect.deleteProperty(vm.config, key);
  const disk = disksOf({ [key]: value ?? '' })[0];
  if (disk === undefined || !DISK_KEY.test(key) || disk.isCdrom || disk.isCloudInit) return;
  let number = 0;
  while (vm.config[`unused${number}`] !== undefined) number += 1;
  vm.config[`unused${number}`] = disk.volid;
}

/** All checks that need no lock: keys, rights, bridges; answers the normalised change. */
export function checkChange(call: Call, sim: Sim): ConfigChange {
  const { params, vmid } = call;
  const given = Object.entries(params).filter(([key]) => !CONTROL.includes(key) && !['node', 'vmid'].includes(key));
  const lists = { remove: namesIn(params['delete']), revert: namesIn(params['revert']) };
  if (given.length === 0 && lists.remove.length === 0 && lists.revert.length === 0) throw died('no options specified');
  for (const key of lists.remove) {
    if (!isOption(key)) throw badParameters({ delete: `unknown option '${key}'` });
    if (params[key] !== undefined) {
      throw badParameters({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
  }
  for (const key of lists.revert) if (!isOption(key)) throw badParameters({ revert: `unknown option '${key}'` });
  const present = sim.vms.find(vmid);
  const set: ConfigChange['set'] = {};
  for (const [key, value] of given) if (value !== undefined) set[key] = normalise(sim, key, value);
  for (const key of [...lists.remove, ...lists.revert]) {
    requireKeyRight(sim, call.caller, vmid, key, String(present?.config[key] ?? ''));
    if (NET_KEY.test(key)) requireNic(call, sim, present?.config[key]);
  }
  for (const [key, value] of Object.entries(set)) {
    requireKeyRight(sim, call.caller, vmid, key, String(value));
    if (!NET_KEY.test(key)) continue;
    requireNic(call, sim, value);
    requireNic(call, sim, present?.config[key]);
  }
  if (present !== undefined) checkBootOrder(present, set);
  return { set, ...lists };
}

function normalise(sim: Sim, key: string, value: Parameters[string]): string | number {
  if (key === 'tags') return normaliseTags(String(value));
  if (key === 'description') return String(value).trimEnd();
  if (key === 'cipassword') return '**********';
  if (NET_KEY.test(key)) {
    const properties = parseProperties(NET_FORMAT, String(value));
    return printNic({ ...properties, macaddr: properties['macaddr'] ?? sim.random.mac() });
  }
  return typeof value === 'number' ? value : String(value);
}

/** Lower case, sorted, each once, joined by semicolons; an empty list is kept as one blank. */
export function normaliseTags(value: string): string {
  const tags = value
    .split(/[,;\s]+/)
    .filter((tag) => tag !== '')
    .map((tag) => tag.toLowerCase());
  return tags.length === 0 ? ' ' : [...new Set(tags)].sort().join(';');
}

function requireNic(call: Call, sim: Sim, value: string | number | undefined): void {
  if (value === undefined) return;
  const { bridge, tag } = parseProperties(NET_FORMAT, String(value));
  if (bridge !== undefined) requireRight(sim, call.caller, { path: bridgePath(sim, bridge, tag), anyOf: ['SDN.Use'] });
}

function requireDiskSources(sim: Sim, change: ConfigChange): void {
  for (const disk of disksOf(change.set)) if (disk.storage !== 'none') sim.cluster.storage(disk.storage);
}

function checkBootOrder(vm: Vm, set: ConfigChange['set']): void {
  const order = /(?:^|,)order=([^,]*)/.exec(String(set['boot'] ?? ''))?.[1];
  if (order === undefined) return;
  const config = { ...withPending(vm), ...set };
  for (const device of order.split(';')) {
    if (device !== '' && config[device] === undefined) {
      throw died(`invalid bootorder: device '${device}' does not exist'`);
    }
  }
}
