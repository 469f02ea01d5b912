import type { Sim } from '../sim';
import { wakeUp, powerOff } from '../vms/power';
import { digestOf, newVm, statusOf, type GuestBehaviour, type Vm, type VmConfig } from '../vms/vm';
import { forget, keep } from '../vms/snapshots';
import { plainText } from '../http/values';

/** All that the simulator knows about a VM. */
export function describeVm(sim: Sim, vm: Vm): Record<string, unknown> {
  const { vmid, host, config, pending, guest, files, firewall } = vm;
  return {
    ...{ vmid, host, config, pending, guest, files, firewall },
    name: config['name'],
    status: statusOf(vm),
    paused: vm.running?.paused ?? false,
    agentReady: vm.running !== undefined && vm.running.bootedAt <= sim.time.now(),
    tags: String(config['tags'] ?? '')
      .split(';')
      .filter((tag) => tag.trim() !== ''),
    pool: sim.pools.ofVm(vmid) ?? null,
    lock: config['lock'] ?? null,
    template: config['template'] === 1,
    digest: digestOf(vm),
    snapshots: [...vm.snapshots].map(([name, { snaptime, parent, description, vmstate }]) => ({
      ...{ name, snaptime, vmstate },
      parent: parent ?? null,
      description: description ?? '',
    })),
  };
}

/** A VM that somebody made without us: `{vmid, host?, config?, status?, pool?}`. */
export function createByHand(sim: Sim, body: Readonly<Record<string, unknown>>): unknown {
  const vmid = Number(body['vmid']);
  if (!Number.isInteger(vmid) || vmid < 100) throw new Error('vmid is missing');
  if (sim.vms.find(vmid) !== undefined) throw new Error(`VM ${vmid} already exists`);
  const host = sim.cluster.host(plainText(body['host'] ?? sim.cluster.first.name)).name;
  const config: VmConfig = {
    memory: '512',
    cores: 1,
    smbios1: `uuid=${sim.random.uuid()}`,
    vmgenid: sim.random.uuid(),
  };
  const vm = sim.vms.add(newVm(vmid, host, config));
  return changeByHand(sim, vm, body);
}

/**
 * Changes behind the API's back: `config` (null removes a key), `status`, `pool` (null leaves), `host`, `guest`
 * behaviour, `files` on the guest's disk and `snapshots` (null removes one).
 */
export function changeByHand(sim: Sim, vm: Vm, body: Readonly<Record<string, unknown>>): unknown {
  for (const [key, value] of Object.entries((body['config'] ?? {}) as Record<string, string | number | null>)) {
    if (value === null) Reflect.deleteProperty(vm.config, key);
    else vm.config[key] = value;
  }
  for (const [file, content] of Object.entries((body['files'] ?? {}) as Record<string, string | null>)) {
    if (content === null) Reflect.deleteProperty(vm.files, file);
    else vm.files[file] = content;
  }
  for (const [name, change] of Object.entries((body['snapshots'] ?? {}) as Record<string, null | object>)) {
    if (change === null) forget(vm, name);
    else keep(sim, vm, name);
  }
  if (body['status'] === 'running' && vm.running === undefined) wakeUp(sim, vm);
  if (body['status'] === 'stopped') powerOff(vm);
  if (typeof body['host'] === 'string') vm.host = sim.cluster.host(body['host']).name;
  if (typeof body['pool'] === 'string') sim.pools.join(body['pool'], vm.vmid);
  if (body['pool'] === null) sim.pools.leave(vm.vmid);
  Object.assign(vm.guest, (body['guest'] ?? {}) as GuestBehaviour);
  return describeVm(sim, vm);
}

export function removeByHand(sim: Sim, vm: Vm): unknown {
  sim.vms.remove(vm.vmid);
  sim.pools.leave(vm.vmid);
  return { removed: vm.vmid };
}
