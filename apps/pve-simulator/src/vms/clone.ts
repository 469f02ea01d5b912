import type { Caller } from '../access/access-control';
import { requireRight } from '../http/dispatch';
import { died, forbidden, textOf } from '../http/pve-error';
import type { Parameters } from '../http/parameters';
import type { Call, IncomingCall } from '../http/router';
import type { Sim } from '../sim';
import { KILLED, type TaskRun } from '../tasks/task-manager';
import { Interrupted } from '../timing/time';
import { requireBridges } from './bridges';
import { cloneDisks } from './clone-disks';
import { isTemplate, newVm, nicsOf, printNic, type Vm, type VmConfig } from './vm';
import { withVmLock } from './vm-lock';
import { checkLock } from './vms';
import { dataDisks, isBase } from './volumes';

const PLACEHOLDER = ' qmclone temporary file';
/** Clone workers give up on a lock file after one second. */
const WORKER_PATIENCE = 1000;

/** VM.Clone on the source, and VM.Allocate on the new VM or its pool; the second failure is a bare text. */
export function checkCloneRights(call: IncomingCall, sim: Sim): void {
  requireRight(sim, call.caller, { path: `/vms/${call.vmid}`, anyOf: ['VM.Clone'] });
  const { newid, pool } = call.raw;
  if (sim.access.has(call.caller, `/vms/${String(newid)}`, 'VM.Allocate')) {
    if (typeof pool === 'string' && sim.pools.get(pool) === undefined) throw forbidden(`pool '${pool}' does not exist`);
    return;
  }
  if (typeof pool === 'string' && sim.access.has(call.caller, `/pool/${pool}`, 'VM.Allocate')) {
    if (sim.pools.get(pool) === undefined) throw forbidden(`pool '${pool}' does not exist`);
    return;
  }
  throw forbidden();
}

interface CloneRequest {
  readonly newId: number;
  readonly full: boolean;
  readonly target: string;
  readonly storage?: string;
  readonly params: Parameters;
  readonly source: Vm;
  readonly config: VmConfig;
  readonly files: Readonly<Record<string, string>>;
}

export async function cloneVm(call: Call, sim: Sim): Promise<string> {
  const { params, host, vmid } = call;
  if (typeof params['storage'] === 'string') checkStorage(sim, host, params['storage'], call.caller);
  const target = String(params['target'] ?? host);
  if (!sim.cluster.hosts.has(target)) throw died(`no such cluster node '${target}'`);
  sim.vms.checkPresent(host, vmid);
  const check = () => checkClone(sim, call, target);
  const { newId, source } = check();
  const isExclusive = source.running !== undefined;
  await sim.time.wait(sim.profile.workerFork);
  return sim.tasks.start({
    operation: 'vm.clone',
    node: host,
    type: 'qmclone',
    id: String(vmid),
    caller: call.caller,
    vmIds: [vmid, newId],
    body: (run) =>
      withVmLock(sim, vmid, { shared: !isExclusive, patience: WORKER_PATIENCE, run }, () =>
        withVmLock(sim, newId, { patience: WORKER_PATIENCE, run }, () => cloneInTask(sim, call, check(), run)),
      ),
  });
}

function checkStorage(sim: Sim, host: string, storage: string, caller: Caller): void {
  sim.cluster.storage(storage);
  if (!sim.cluster.hasStorage(host, storage)) throw died(`storage '${storage}' is not available on node '${host}'`);
  requireRight(sim, caller, { path: `/storage/${storage}`, anyOf: ['Datastore.AllocateSpace'] });
}

/** Everything that is checked before the task and once more in it. */
function checkClone(sim: Sim, call: Call, target: string): CloneRequest {
  const { params, host, vmid } = call;
  const source = sim.vms.load(host, vmid);
  checkLock(source);
  const snapname = params['snapname'] as string | undefined;
  const snapshot = snapname === undefined ? undefined : source.snapshots.get(snapname);
  if (snapname !== undefined && snapshot === undefined) throw died(`snapshot '${snapname}' does not exist`);
  const full = params['full'] === undefined ? !isTemplate(source) : params['full'] === 1;
  const storage = params['storage'] as string | undefined;
  for (const name of ['storage', 'format']) {
    if (!full && params[name] !== undefined) throw died(`parameter '${name}' not allowed for linked clones`);
  }
  const config = snapshot?.config ?? source.config;
  checkDisks(sim, call.caller, config, storage);
  requireBridges(sim, call.caller, config);
  checkTarget(sim, config, host, target, storage);
  const newId = Number(params['newid']);
  if (sim.vms.onHost(host, newId) !== undefined) throw died(`unable to create VM ${newId}: config file already exists`);
  if (!full) checkLinkable(config, snapname);
  const files = snapshot?.files ?? source.files;
  return { newId, full, target, params, source, config, files, ...(storage === undefined ? {} : { storage }) };
}

function checkDisks(sim: Sim, caller: Caller, config: VmConfig, storage?: string): void {
  for (const disk of dataDisks(config)) {
    const path = `/storage/${storage ?? disk.storage}`;
    requireRight(sim, caller, { path, anyOf: ['Datastore.AllocateSpace'] });
  }
}

function checkTarget(sim: Sim, config: VmConfig, host: string, target: string, storage?: string): void {
  if (target === host) return;
  const isLocal = (name: string) => sim.cluster.storage(name).shared !== true;
  if (dataDisks(config).some((disk) => isLocal(disk.storage))) {
    throw died(`can't clone VM to node '${target}' (VM uses local storage)`);
  }
  if (storage !== undefined && isLocal(storage)) throw died(`can't clone to non-shared storage '${storage}'`);
}

function checkLinkable(config: VmConfig, snapname?: string): void {
  for (const disk of dataDisks(config)) {
    if (disk.isCloudInit || isBase(disk)) continue;
    const what = snapname === undefined ? `'${disk.volid}'` : `a snapshot of '${disk.volid}'`;
    throw died(`Linked clone feature is not supported for ${what} (${disk.key})`);
  }
}

async function cloneInTask(sim: Sim, call: Call, request: CloneRequest, run: TaskRun): Promise<void> {
  const { newId, source, params } = request;
  const elsewhere = sim.vms.find(newId);
  if (elsewhere !== undefined) throw died(`VM ${newId} already exists on node '${elsewhere.host}'`);
  const vm = sim.vms.add(newVm(newId, call.host, { lock: 'clone', description: PLACEHOLDER }));
  try {
    run.log(`creating a clone of VM ${source.vmid} with ID ${newId}`);
    const disks = await cloneDisks(sim, call.host, request, run);
    vm.config = clonedConfig(sim, request, disks);
  } catch (error) {
    if (isKilled(error)) throw error;
    sim.vms.remove(newId);
    throw new Error(`clone failed: ${textOf(error)}`);
  }
  vm.host = request.target;
  vm.files = { ...request.files };
  vm.firewall.options = { ...source.firewall.options };
  vm.firewall.rules = source.firewall.rules.map((rule) => ({ ...rule }));
  sim.counters.add('clones');
  const pool = params['pool'];
  if (typeof pool === 'string') sim.pools.join(pool, newId);
}

/** A killed worker cleans up nothing: the locked, half-made VM stays. */
function isKilled(error: unknown): boolean {
  return error instanceof Interrupted && error.reason === KILLED;
}

/** Not inherited: lock, template flag, name, snapshots, unused disks. New: addresses, UUID, generation id, disks. */
function clonedConfig(sim: Sim, request: CloneRequest, disks: VmConfig): VmConfig {
  const { params, source } = request;
  const config: VmConfig = {};
  for (const [key, value] of Object.entries(request.config)) {
    if (['lock', 'template', 'parent', 'snaptime', 'vmstate'].includes(key) || key.startsWith('unused')) continue;
    config[key] = disks[key] ?? value;
  }
  for (const nic of nicsOf(config)) config[nic.key] = printNic({ ...nic.properties, macaddr: sim.random.mac() });
  config['smbios1'] = newUuid(sim, config['smbios1']);
  if (config['vmgenid'] !== undefined) config['vmgenid'] = sim.random.uuid();
  const sourceName = source.config['name'];
  const copyName = sourceName === undefined ? `Copy-of-VM-${source.vmid}` : `Copy-of-VM-${sourceName}`;
  config['name'] = typeof params['name'] === 'string' ? params['name'] : copyName;
  const description = params['description'];
  if (typeof description === 'string' && description.trim() !== '') config['description'] = description.trimEnd();
  return config;
}

function newUuid(sim: Sim, smbios: string | number | undefined): string {
  const others = String(smbios ?? '')
    .split(',')
    .filter((part) => part !== '' && !part.startsWith('uuid='));
  return [...others.sort(), `uuid=${sim.random.uuid()}`].sort().join(',');
}
