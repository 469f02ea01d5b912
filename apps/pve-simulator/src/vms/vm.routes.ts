import { requireRight } from '../http/dispatch';
import { boolean, digest, integer, oneOf, required, snapshotName, text, vmId, dnsName } from '../http/formats';
import { forbidden } from '../http/pve-error';
import type { ParameterRule } from '../http/parameters';
import type { Check, IncomingCall, Method, Route } from '../http/router';
import type { Sim } from '../sim';
import { requireBridges } from './bridges';
import { checkCloneRights, cloneVm } from './clone';
import { CONFIG_RIGHTS } from './config-rights';
import { CREATE_VM, GET_CONFIG, POST_CONFIG, PUT_CONFIG } from './config-schema';
import { checkChange, postConfig, putConfig } from './configure';
import { cloudInitChanges, dumpCloudInit, regenerateCloudInit } from './cloud-init';
import { convertToTemplate, createVm, destroyVm, feature, resizeDisk } from './destroy';
import { rebootVm, resetVm, resumeVm, shutdownVm, startVm, stopVm, suspendVm } from './power';
import { currentStatus, getConfig, getPending, listVms } from './reads';
import {
  createSnapshot,
  deleteSnapshot,
  editSnapshot,
  listSnapshots,
  rollbackSnapshot,
  snapshotConfig,
} from './snapshots';
import { digestOf, newVm } from './vm';
import { without } from '../http/values';

const LIST = '/nodes/{node}/qemu';
const VM = `${LIST}/{vmid}`;

const on = (...anyOf: string[]): Check => ({ path: '/vms/{vmid}', anyOf });
const AUDIT = on('VM.Audit');
const POWER = on('VM.PowerMgmt');

type Fields = Record<string, ParameterRule>;

function route(
  method: Method,
  path: string,
  operation: string,
  check: Check,
  fields: Fields,
  handler: Route['handler'],
): Route {
  return { method, path, operation, check, schema: { fields }, handler, isProtected: method !== 'GET' };
}

const timeout = integer(0);
const power = { skiplock: boolean };

const POWER_ROUTES: Route[] = [
  route('GET', `${VM}/status/current`, 'vm.status', AUDIT, {}, currentStatus),
  route(
    'POST',
    `${VM}/status/start`,
    'vm.start',
    POWER,
    {
      ...power,
      'force-cpu': text(),
      machine: text(),
      migratedfrom: text(),
      migration_network: text(),
      migration_type: text(),
      stateuri: text(),
      targetstorage: text(),
      timeout,
    },
    startVm,
  ),
  route(
    'POST',
    `${VM}/status/stop`,
    'vm.stop',
    POWER,
    { ...power, keepActive: boolean, migratedfrom: text(), 'overrule-shutdown': boolean, timeout },
    stopVm,
  ),
  route(
    'POST',
    `${VM}/status/shutdown`,
    'vm.shutdown',
    POWER,
    { ...power, forceStop: boolean, keepActive: boolean, timeout },
    shutdownVm,
  ),
  route('POST', `${VM}/status/reboot`, 'vm.reboot', POWER, { timeout }, rebootVm),
  route('POST', `${VM}/status/reset`, 'vm.reset', POWER, power, resetVm),
  route(
    'POST',
    `${VM}/status/suspend`,
    'vm.suspend',
    suspendRight,
    { ...power, statestorage: text(), todisk: boolean },
    suspendVm,
  ),
  route('POST', `${VM}/status/resume`, 'vm.resume', POWER, { ...power, nocheck: boolean }, resumeVm),
];

/** Suspending to disk allocates one. */
function suspendRight(call: IncomingCall, sim: Sim): void {
  requireRight(sim, call.caller, { path: `/vms/${call.vmid}`, anyOf: ['VM.PowerMgmt'] });
  if (String(call.raw['todisk']) === '1')
    requireRight(sim, call.caller, { path: `/vms/${call.vmid}`, anyOf: ['VM.Config.Disk'] });
}

const name = { snapname: required(snapshotName) };

const SNAPSHOT_ROUTES: Route[] = [
  route('GET', `${VM}/snapshot`, 'vm.snapshots', AUDIT, {}, (call, sim) => listSnapshots(call, sim, digestOf)),
  route(
    'POST',
    `${VM}/snapshot`,
    'vm.snapshot',
    on('VM.Snapshot'),
    { ...name, description: text(), vmstate: boolean },
    createSnapshot,
  ),
  route('GET', `${VM}/snapshot/{snapname}`, 'vm.snapshots', 'everyone', {}, () => [
    { cmd: 'rollback' },
    { cmd: 'config' },
  ]),
  route(
    'DELETE',
    `${VM}/snapshot/{snapname}`,
    'vm.delete-snapshot',
    on('VM.Snapshot'),
    { ...name, force: boolean },
    deleteSnapshot,
  ),
  route(
    'GET',
    `${VM}/snapshot/{snapname}/config`,
    'vm.snapshots',
    on('VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'),
    name,
    (call, sim) => snapshotConfig(sim.vms.load(call.host, call.vmid), String(call.params['snapname'])),
  ),
  route(
    'PUT',
    `${VM}/snapshot/{snapname}/config`,
    'vm.edit-snapshot',
    on('VM.Snapshot'),
    { ...name, description: text() },
    editSnapshot,
  ),
  route(
    'POST',
    `${VM}/snapshot/{snapname}/rollback`,
    'vm.rollback',
    on('VM.Snapshot', 'VM.Snapshot.Rollback'),
    { ...name, start: boolean },
    rollbackSnapshot,
  ),
];

const cloneFields: Fields = {
  newid: required(vmId),
  bwlimit: integer(0),
  description: text(),
  format: oneOf('raw', 'qcow2', 'vmdk'),
  full: boolean,
  name: text({ format: dnsName }),
  pool: text(),
  snapname: snapshotName,
  storage: text(),
  target: text(),
};

export const VM_ROUTES: Route[] = [
  ...POWER_ROUTES,
  ...SNAPSHOT_ROUTES,
  route('GET', LIST, 'vm.list', 'everyone', { full: boolean }, listVms),
  { ...route('POST', LIST, 'vm.create', createRight, {}, create), schema: CREATE_VM },
  route(
    'DELETE',
    VM,
    'vm.destroy',
    on('VM.Allocate'),
    { ...power, 'destroy-unreferenced-disks': boolean, purge: boolean },
    destroyVm,
  ),
  route('POST', `${VM}/clone`, 'vm.clone', checkCloneRights, cloneFields, cloneVm),
  { ...route('GET', `${VM}/config`, 'vm.config', AUDIT, {}, getConfig), schema: GET_CONFIG },
  { ...route('PUT', `${VM}/config`, 'vm.configure', on(...CONFIG_RIGHTS), {}, putConfig), schema: PUT_CONFIG },
  { ...route('POST', `${VM}/config`, 'vm.configure', on(...CONFIG_RIGHTS), {}, postConfig), schema: POST_CONFIG },
  route('GET', `${VM}/pending`, 'vm.pending', AUDIT, {}, getPending),
  route('GET', `${VM}/cloudinit`, 'vm.cloudinit', AUDIT, {}, cloudInitChanges),
  route('PUT', `${VM}/cloudinit`, 'vm.cloudinit', on('VM.Config.Cloudinit'), {}, regenerateCloudInit),
  route(
    'GET',
    `${VM}/cloudinit/dump`,
    'vm.cloudinit',
    AUDIT,
    { type: required(oneOf('user', 'network', 'meta')) },
    dumpCloudInit,
  ),
  route(
    'PUT',
    `${VM}/resize`,
    'vm.resize',
    on('VM.Config.Disk'),
    { ...power, digest, disk: required(text()), size: required(text({ format: sizeFormat })) },
    resizeDisk,
  ),
  route(
    'GET',
    `${VM}/feature`,
    'vm.feature',
    AUDIT,
    { feature: required(oneOf('snapshot', 'clone', 'copy')), snapname: snapshotName },
    feature,
  ),
  route('POST', `${VM}/template`, 'vm.template', on('VM.Allocate'), { disk: text() }, convertToTemplate),
];

function sizeFormat(value: string): string | undefined {
  return /^\+?\d+(?:\.\d+)?[KMGT]?$/.test(value) ? undefined : 'value does not match the regex pattern';
}

function createRight(call: IncomingCall, sim: Sim): void {
  const { vmid, pool } = call.raw;
  if (typeof pool === 'string' && sim.pools.get(pool) === undefined) throw forbidden(`pool '${pool}' does not exist`);
  if (sim.access.has(call.caller, `/vms/${String(vmid)}`, 'VM.Allocate')) return;
  if (typeof pool === 'string' && sim.access.has(call.caller, `/pool/${pool}`, 'VM.Allocate')) return;
  throw forbidden();
}

function create(call: Parameters<Route['handler']>[0], sim: Sim): string {
  const options = without(call.params, 'archive', 'pool', 'start', 'storage', 'unique', 'bwlimit');
  const vmid = Number(call.params['vmid']);
  return createVm(call, sim, () => {
    const change = checkChange({ ...call, vmid, params: { memory: '512', ...options } }, sim);
    const config = { ...change.set, smbios1: `uuid=${sim.random.uuid()}`, vmgenid: sim.random.uuid() };
    requireBridges(sim, call.caller, config);
    return newVm(vmid, call.host, { ...config, meta: `creation-qemu=10.0.13,ctime=${sim.time.epochSeconds()}` });
  });
}
