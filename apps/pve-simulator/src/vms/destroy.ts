import { died } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { applyPending, disksOf, formatSize, isTemplate, parseSize, type Vm } from './vm';
import { withStorageLock, withStorageSlot, withVmLock } from './vm-lock';
import { checkLock } from './vms';
import { baseVolumeName, checkNoLinkedClones, dataDisks, mainStorage, volumeName } from './volumes';

/** Protection and a running VM are refused at once; a lock and linked clones are found by the task. */
export function destroyVm(call: Call, sim: Sim): string {
  const { host, vmid, params } = call;
  checkDestroyable(sim.vms.load(host, vmid));
  return sim.tasks.start({
    operation: 'vm.destroy',
    node: host,
    type: 'qmdestroy',
    id: String(vmid),
    caller: call.caller,
    vmIds: [vmid],
    body: (run) =>
      withVmLock(sim, vmid, { run }, async () => {
        const vm = sim.vms.load(host, vmid);
        checkDestroyable(vm);
        if (vm.config['lock'] !== 'suspended') checkLock(vm);
        checkNoLinkedClones(sim, vm);
        if (params['purge'] === 1) run.log(`purging VM ${vmid} from related configurations..`);
        vm.config['lock'] = 'destroyed';
        await withStorageSlot(sim, mainStorage(vm.config), () => run.wait(sim.profile.destroy));
        sim.vms.remove(vmid);
        sim.pools.leave(vmid);
        sim.counters.add('destroys');
      }),
  });
}

function checkDestroyable(vm: Vm): void {
  if (vm.config['protection'] === 1) throw died(`can't remove VM ${vm.vmid} - protection mode enabled`);
  if (vm.running !== undefined) throw died(`VM ${vm.vmid} is running - destroy failed`);
}

export function convertToTemplate(call: Call, sim: Sim): Promise<string> {
  const { host, vmid } = call;
  return withVmLock(sim, vmid, {}, () => {
    const vm = sim.vms.load(host, vmid);
    checkLock(vm);
    if (vm.snapshots.size > 0) throw died(`unable to create template, because VM contains snapshots`);
    if (isTemplate(vm)) throw died("you can't convert a template to a template");
    if (vm.running !== undefined) throw died("you can't convert a VM to template if VM is running");
    vm.config['template'] = 1;
    return sim.tasks.start({
      operation: 'vm.template',
      node: host,
      type: 'qmtemplate',
      id: String(vmid),
      caller: call.caller,
      vmIds: [vmid],
      body: (run) =>
        withVmLock(sim, vmid, { run }, async () => {
          await run.wait(sim.profile.template);
          for (const disk of dataDisks(vm.config)) {
            const value = String(vm.config[disk.key]);
            vm.config[disk.key] = value.replace(disk.volid, `${disk.storage}:${baseVolumeName(disk)}`);
          }
          applyPending(vm);
          sim.counters.add('templates');
        }),
    });
  });
}

/** Grows a disk; the checks run in the task. */
export function resizeDisk(call: Call, sim: Sim): string {
  const { host, vmid, params } = call;
  const key = String(params['disk']);
  const size = String(params['size']);
  return sim.tasks.start({
    operation: 'vm.resize',
    node: host,
    type: 'resize',
    id: String(vmid),
    caller: call.caller,
    vmIds: [vmid],
    body: (run) =>
      withVmLock(sim, vmid, { run }, async () => {
        const vm = sim.vms.load(host, vmid);
        checkLock(vm);
        const disk = disksOf(vm.config).find((one) => one.key === key);
        if (disk === undefined) throw died(`disk '${key}' does not exist`);
        const asked = parseSize(size.replace(/^\+/, ''));
        const bytes = size.startsWith('+') ? disk.sizeBytes + asked : asked;
        if (bytes < disk.sizeBytes) throw died('shrinking disks is not supported');
        await withStorageLock(sim, host, disk.storage, run, () => run.wait(sim.profile.resize));
        vm.config[key] = String(vm.config[key]).replace(/size=[^,]+/, `size=${formatSize(bytes)}`);
        sim.counters.add('resizes');
      }),
  });
}

/** What a storage type can do with a VM's disks. */
export function feature(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  const asked = String(call.params['feature']);
  const snapname = call.params['snapname'];
  if (typeof snapname === 'string' && !vm.snapshots.has(snapname)) throw died(`snapshot '${snapname}' does not exist`);
  const has = asked === 'snapshot' ? !isTemplate(vm) : asked === 'clone' ? isTemplate(vm) : true;
  const shared = dataDisks(vm.config).every((disk) => sim.cluster.storage(disk.storage).shared === true);
  return { hasFeature: has ? 1 : 0, nodes: shared ? [...sim.cluster.hosts.keys()] : [vm.host] };
}

export function createVm(call: Call, sim: Sim, build: (vmid: number) => Vm): string {
  const vmid = Number(call.params['vmid']);
  const present = sim.vms.find(vmid);
  if (present !== undefined) {
    throw died(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${present.host}'`);
  }
  return sim.tasks.start({
    operation: 'vm.create',
    node: call.host,
    type: 'qmcreate',
    id: String(vmid),
    caller: call.caller,
    vmIds: [vmid],
    body: (run) =>
      withVmLock(sim, vmid, { run }, async () => {
        const vm = build(vmid);
        sim.vms.add(vm);
        const config = vm.config;
        vm.config = { lock: 'create' };
        await run.wait(sim.profile.linkedClone);
        vm.config = allocateDisks(sim, vmid, config);
        if (typeof call.params['pool'] === 'string') sim.pools.join(call.params['pool'], vmid);
        sim.counters.add('creates');
      }),
  });
}

/** `storage:GiB` becomes a new volume of that size. */
export function allocateDisks(sim: Sim, vmid: number, config: Vm['config']): Vm['config'] {
  const result = { ...config };
  const taken = new Set(disksOf(config).map((disk) => disk.volume));
  for (const disk of disksOf(config)) {
    const isCloudInit = disk.volume === 'cloudinit';
    if (!isCloudInit && !/^\d+(?:\.\d+)?$/.test(disk.volume)) continue;
    sim.cluster.storage(disk.storage);
    let number = 0;
    while (!isCloudInit && taken.has(volumeName(sim, disk.storage, vmid, number))) number += 1;
    const volume = volumeName(sim, disk.storage, vmid, number, isCloudInit ? 'cloudinit' : 'disk');
    taken.add(volume);
    const size = isCloudInit ? '4M' : `${disk.volume}G`;
    const rest = String(config[disk.key]).split(',').slice(1).join(',');
    const options = rest === '' ? '' : `,${rest}`;
    result[disk.key] = isCloudInit
      ? `${disk.storage}:${volume},media=cdrom`
      : `${disk.storage}:${volume}${options},size=${size}`;
  }
  return result;
}
