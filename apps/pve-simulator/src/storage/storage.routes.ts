import { createHash } from 'node:crypto';
import type { Caller } from '../access/access-control';
import type { StorageSpec } from '../cluster/cluster-spec';
import { boolean, list, oneOf, text, vmId } from '../http/formats';
import { badParameters } from '../http/pve-error';
import type { Call, Route } from '../http/router';
import type { Sim } from '../sim';
import { disksOf, type Vm } from '../vms/vm';
import { usageOfStorage, usedBytes } from '../vms/volumes';
import { CONTENT_TYPES } from './content-types';

const SEEN_WITH = ['Datastore.Audit', 'Datastore.AllocateSpace'];

const isSeen = (sim: Sim, caller: Caller, storage: StorageSpec) =>
  SEEN_WITH.some((privilege) => sim.access.has(caller, `/storage/${storage.name}`, privilege));

function stateOf(sim: Sim, storage: StorageSpec, host: string): Record<string, unknown> {
  return {
    type: storage.type,
    content: CONTENT_TYPES[storage.type],
    shared: storage.shared === true ? 1 : 0,
    enabled: 1,
    active: 1,
    ...usageOfStorage(sim, storage.name, host),
  };
}

function listOnHost(call: Call, sim: Sim): unknown {
  const content = call.params['content'];
  const wanted = content === undefined ? [] : String(content).split(',');
  return sim.cluster
    .storagesOf(call.host)
    .filter((storage) => isSeen(sim, call.caller, storage))
    .filter((storage) => wanted.every((kind) => CONTENT_TYPES[storage.type].split(',').includes(kind)))
    .filter((storage) => call.params['storage'] === undefined || call.params['storage'] === storage.name)
    .map((storage) => {
      const state = stateOf(sim, storage, call.host);
      return { storage: storage.name, ...state, used_fraction: Number(state['used']) / Number(state['total']) };
    });
}

function onHost(call: Call, sim: Sim): StorageSpec {
  const storage = sim.cluster.storagesOf(call.host).find(({ name }) => name === call.params['storage']);
  if (storage === undefined) throw badParameters({ storage: 'No such storage.' });
  return storage;
}

/** Volumes of the VMs that the caller may look into; others are left out silently. */
function contentOf(call: Call, sim: Sim): unknown {
  const storage = onHost(call, sim);
  const { content, vmid } = call.params;
  if (content !== undefined && content !== 'images') return [];
  const seesAll = sim.access.has(call.caller, `/storage/${storage.name}`, 'Datastore.Allocate');
  return sim.vms
    .list()
    .filter((vm) => (vmid === undefined || vm.vmid === vmid) && (storage.shared === true || vm.host === call.host))
    .filter(() => seesAll)
    .flatMap((vm) => volumesOf(vm, storage));
}

function volumesOf(vm: Vm, storage: StorageSpec): unknown[] {
  return disksOf(vm.config)
    .filter((disk) => disk.storage === storage.name)
    .map((disk) => ({
      volid: disk.volid,
      vmid: vm.vmid,
      content: 'images',
      format: storage.type === 'dir' || storage.type === 'nfs' ? 'qcow2' : 'raw',
      size: disk.sizeBytes,
      used: usedBytes(disk),
      parent: parentOf(disk.volume),
      ctime: 0,
    }));
}

function parentOf(volume: string): string | null {
  const base = /^((?:\d+\/)?base-\d+-disk-\d+(?:\.\w+)?)\//.exec(volume)?.[1];
  return base === undefined ? null : `../${base}`;
}

function definitionOf(storage: StorageSpec): Record<string, unknown> {
  const digest = createHash('sha1')
    .update(storage.name + storage.type)
    .digest('hex');
  const path = storage.type === 'dir' || storage.type === 'nfs' ? { path: `/var/lib/${storage.name}` } : {};
  return {
    storage: storage.name,
    type: storage.type,
    content: CONTENT_TYPES[storage.type],
    digest,
    ...path,
    ...(storage.shared === true ? { shared: 1 } : {}),
  };
}

const STORAGE_RIGHT = { path: '/storage/{storage}', anyOf: SEEN_WITH };

export const STORAGE_ROUTES: Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    operation: 'storage.list',
    check: 'everyone',
    schema: { fields: { content: list(), enabled: boolean, format: boolean, storage: text(), target: text() } },
    handler: listOnHost,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/status',
    operation: 'storage.status',
    check: STORAGE_RIGHT,
    schema: { fields: {} },
    handler: (call, sim) => stateOf(sim, onHost(call, sim), call.host),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/content',
    operation: 'storage.content',
    check: STORAGE_RIGHT,
    schema: { fields: { content: text(), vmid: vmId } },
    handler: contentOf,
  },
  {
    method: 'GET',
    path: '/storage',
    operation: 'storage.list',
    check: 'everyone',
    schema: { fields: { type: oneOf('dir', 'nfs', 'lvmthin', 'zfspool', 'rbd') } },
    handler: (call, sim) =>
      [...sim.cluster.storages.values()].filter((storage) => isSeen(sim, call.caller, storage)).map(definitionOf),
  },
  {
    method: 'GET',
    path: '/storage/{storage}',
    operation: 'storage.status',
    check: { path: '/storage/{storage}', anyOf: ['Datastore.Allocate'] },
    schema: { fields: {} },
    handler: (call, sim) => definitionOf(sim.cluster.storage(String(call.params['storage']))),
  },
];
