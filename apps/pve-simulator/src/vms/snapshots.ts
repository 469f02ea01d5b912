import type { Caller } from '../access/access-control';
import { died } from '../http/pve-error';
import { guestTime } from '../guest/guest-clock';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { KILLED, type TaskRun } from '../tasks/task-manager';
import { Interrupted } from '../timing/time';
import { powerOff, startTask, wakeUp } from './power';
import { isTemplate, memoryMiB, type Snapshot, type Vm, type VmConfig } from './vm';
import { withLock, withStorageSlot, withVmLock } from './vm-lock';
import { checkLock } from './vms';
import { dataDisks, mainStorage } from './volumes';
import { without } from '../http/values';

interface SnapshotTask {
  readonly operation: string;
  readonly type: string;
  readonly host: string;
  readonly vmid: number;
  readonly caller: Caller;
}

function snapshotTask(sim: Sim, task: SnapshotTask, body: (run: TaskRun) => Promise<void>): string {
  const { operation, type, host, vmid, caller } = task;
  return sim.tasks.start({ operation, type, node: host, id: String(vmid), caller, vmIds: [vmid], body });
}

/** Marks the VM with a lock while `work` runs, as the parts of a snapshot task between two holds of the lock file do. */
async function underLock(sim: Sim, vm: Vm, lock: string, work: () => Promise<void>): Promise<void> {
  vm.config['lock'] = lock;
  try {
    await work();
  } catch (error) {
    // A killed worker leaves the lock behind, for an operator to remove.
    if (!(error instanceof Interrupted && error.reason === KILLED)) delete vm.config['lock'];
    throw error;
  }
  if (vm.config['lock'] === lock) delete vm.config['lock'];
}

export function createSnapshot(call: Call, sim: Sim): string {
  const { host, vmid, caller, params } = call;
  const name = String(params['snapname']);
  sim.vms.load(host, vmid);
  if (name === 'current' || name === 'pending') throw died(`unable to use snapshot name '${name}' (reserved name)`);
  return snapshotTask(sim, { operation: 'vm.snapshot', type: 'qmsnapshot', host, vmid, caller }, async (run) => {
    const vm = await withVmLock(sim, vmid, { run }, () => {
      const present = sim.vms.load(host, vmid);
      checkLock(present);
      if (isTemplate(present)) throw died("you can't take a snapshot if it's a template");
      if (present.snapshots.has(name)) throw died(`snapshot name '${name}' already used`);
      present.config['lock'] = 'snapshot';
      return present;
    });
    const withRam = params['vmstate'] === 1 && vm.running !== undefined;
    await underLock(sim, vm, 'snapshot', async () => {
      for (const disk of dataDisks(vm.config)) run.log(`snapshotting 'drive-${disk.key}' (${disk.volid})`);
      await withStorageSlot(sim, mainStorage(vm.config), () => run.wait(snapshotTime(sim, vm, withRam)));
      const description = params['description'];
      keep(sim, vm, name, {
        vmstate: withRam,
        ...(description === undefined || description === '' ? {} : { description: String(description) }),
      });
      sim.counters.add('snapshots');
    });
  });
}

/** The snapshot of what the VM is now; the VM descends from it from then on. */
export function keep(
  sim: Sim,
  vm: Vm,
  name: string,
  about: { readonly vmstate: boolean; readonly description?: string } = { vmstate: false },
): void {
  const { parent } = vm.config;
  vm.snapshots.set(name, {
    config: without(vm.config, 'lock', 'parent', 'description'),
    snaptime: sim.time.epochSeconds(),
    files: { ...vm.files },
    ...(about.vmstate && { guestTimeMs: guestTime(sim, vm) }),
    ...about,
    ...(parent === undefined ? {} : { parent: String(parent) }),
  });
  vm.config['parent'] = name;
}

function snapshotTime(sim: Sim, vm: Vm, withRam: boolean): number {
  if (withRam) return sim.profile.snapshotRam + memoryMiB(vm.config) / 4;
  return vm.running === undefined ? sim.profile.snapshotStopped : sim.profile.snapshotRunning;
}

export function listSnapshots(call: Call, sim: Sim, digest: (vm: Vm) => string): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  const list: Record<string, unknown>[] = [...vm.snapshots].map(([name, snapshot]) => ({
    name,
    snaptime: snapshot.snaptime,
    vmstate: snapshot.vmstate ? 1 : 0,
    description: snapshot.description ?? '',
    ...(snapshot.parent === undefined ? {} : { parent: snapshot.parent }),
  }));
  const parent = vm.config['parent'];
  list.push({
    name: 'current',
    description: 'You are here!',
    digest: digest(vm),
    running: vm.running === undefined ? 0 : 1,
    ...(parent === undefined ? {} : { parent }),
  });
  return list;
}

function findSnapshot(vm: Vm, name: string): Snapshot {
  const snapshot = vm.snapshots.get(name);
  if (snapshot === undefined) throw died(`snapshot '${name}' does not exist`);
  return snapshot;
}

export function snapshotConfig(vm: Vm, name: string): VmConfig {
  const { config, snaptime, description, parent, vmstate } = findSnapshot(vm, name);
  return {
    ...config,
    snaptime,
    ...(description === undefined ? {} : { description }),
    ...(parent === undefined ? {} : { parent }),
    ...(vmstate
      ? {
          vmstate: `local:${vm.vmid}/vm-${vm.vmid}-state-${name}.raw`,
          runningcpu: 'kvm64',
          'running-nets-host-mtu': ' ',
          runningmachine: 'pc-i440fx-10.0+pve0',
        }
      : {}),
  };
}

export function editSnapshot(call: Call, sim: Sim): Promise<null> {
  return withVmLock(sim, call.vmid, {}, () => {
    const vm = sim.vms.load(call.host, call.vmid);
    checkLock(vm);
    const snapshot = findSnapshot(vm, String(call.params['snapname']));
    const description = call.params['description'];
    if (description !== undefined) snapshot.description = String(description);
    return null;
  });
}

/** Stops the VM, replaces its configuration by the snapshot's, keeps the present description, renews the generation id. */
export function rollbackSnapshot(call: Call, sim: Sim): string {
  const { host, vmid, caller, params } = call;
  const name = String(params['snapname']);
  const task = { operation: 'vm.rollback', type: 'qmrollback', host, vmid, caller };
  const work = async (run: TaskRun) => {
    const vm = await withVmLock(sim, vmid, { run }, () => {
      const present = sim.vms.load(host, vmid);
      checkLock(present);
      checkNewest(sim, present, name);
      present.config['lock'] = 'rollback';
      return present;
    });
    const snapshot = findSnapshot(vm, name);
    await underLock(sim, vm, 'rollback', async () => {
      const wasRunning = vm.running !== undefined;
      if (wasRunning) await run.wait(sim.profile.rollbackRunning - sim.profile.rollbackStopped);
      powerOff(vm);
      await withStorageSlot(sim, mainStorage(vm.config), () => run.wait(sim.profile.rollbackStopped));
      restore(sim, vm, name, snapshot);
      if (snapshot.vmstate) {
        await run.wait(sim.profile.rollbackRam - sim.profile.rollbackStopped);
        wakeUp(sim, vm, snapshot.guestTimeMs);
      }
      sim.counters.add('rollbacks');
    });
    if (params['start'] === 1 && !snapshot.vmstate) startTask(sim, host, vmid, caller);
  };
  return snapshotTask(sim, task, (run) => inTurn(sim, vmid, run, () => work(run)));
}

/** Rollbacks and removals of one VM come one after the other. */
function inTurn(sim: Sim, vmid: number, run: TaskRun, work: () => Promise<void>): Promise<void> {
  return withLock(sim, `migrate:${vmid}`, `/var/lock/pve-manager/pve-migrate-${vmid}`, { run }, work);
}

function restore(sim: Sim, vm: Vm, name: string, snapshot: Snapshot): void {
  const { description, lock } = vm.config;
  const unused = Object.entries(vm.config).filter(([key]) => key.startsWith('unused'));
  vm.config = { ...snapshot.config, ...Object.fromEntries(unused), parent: name };
  if (description !== undefined) vm.config['description'] = description;
  if (lock !== undefined) vm.config['lock'] = lock;
  if (vm.config['vmgenid'] !== undefined) vm.config['vmgenid'] = sim.random.uuid();
  vm.pending = {};
  vm.files = { ...snapshot.files };
}

/** ZFS rolls back to the newest snapshot only. */
function checkNewest(sim: Sim, vm: Vm, name: string): void {
  findSnapshot(vm, name);
  const newest = vm.config['parent'];
  for (const disk of dataDisks(vm.config)) {
    if (sim.cluster.storages.get(disk.storage)?.type !== 'zfspool') continue;
    if (newest !== name) throw died(`can't rollback, '${name}' is not most recent snapshot on '${disk.volid}'`);
  }
}

export function deleteSnapshot(call: Call, sim: Sim): string {
  const { host, vmid, caller, params } = call;
  const name = String(params['snapname']);
  const task = { operation: 'vm.delete-snapshot', type: 'qmdelsnapshot', host, vmid, caller };
  const work = async (run: TaskRun) => {
    const vm = await withVmLock(sim, vmid, { run }, () => {
      const present = sim.vms.load(host, vmid);
      checkLock(present);
      findSnapshot(present, name);
      present.config['lock'] = 'snapshot-delete';
      return present;
    });
    await underLock(sim, vm, 'snapshot-delete', async () => {
      await withStorageSlot(sim, mainStorage(vm.config), () => run.wait(sim.profile.deleteSnapshot));
      forget(vm, name);
      sim.counters.add('snapshotDeletes');
    });
  };
  return snapshotTask(sim, task, (run) => inTurn(sim, vmid, run, () => work(run)));
}

/** Children of the removed snapshot get its parent. */
export function forget(vm: Vm, name: string): void {
  const parent = vm.snapshots.get(name)?.parent;
  for (const child of vm.snapshots.values()) {
    if (child.parent !== name) continue;
    if (parent === undefined) delete child.parent;
    else child.parent = parent;
  }
  if (vm.config['parent'] === name) {
    if (parent === undefined) delete vm.config['parent'];
    else vm.config['parent'] = parent;
  }
  vm.snapshots.delete(name);
}
