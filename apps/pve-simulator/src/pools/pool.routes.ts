import { requireRight } from '../http/dispatch';
import { boolean, list, oneOf, required, text } from '../http/formats';
import { badParameters, died, forbidden } from '../http/pve-error';
import type { ParameterRule } from '../http/parameters';
import type { Call, IncomingCall, Method, Route } from '../http/router';
import type { Sim } from '../sim';
import { vmEntry } from '../cluster/resources';
import { usageOfStorage } from '../vms/volumes';
import type { Pool } from './pools';
import { namesIn, plainText } from '../http/values';

const LEVELS = 3;

const poolName = (value: string) => {
  const parts = value.split('/');
  if (!parts.every((part) => /^[A-Za-z0-9.\-_]+$/.test(part)))
    return `pool name '${value}' contains invalid characters`;
  return parts.length > LEVELS ? `pool name '${value}' nested too deeply (max levels = ${LEVELS})` : undefined;
};

function find(sim: Sim, id: string, doing = ''): Pool {
  const pool = sim.pools.get(id);
  if (pool === undefined) throw died(`${doing}pool '${id}' does not exist`);
  return pool;
}

const idOf = (call: Call) => String(call.params['poolid']);

function membersOf(sim: Sim, pool: Pool, call: Call): unknown[] {
  const type = call.params['type'];
  const vms = [...pool.vms].map((vmid) => sim.vms.find(vmid)).filter((vm) => vm !== undefined);
  const storages = [...pool.storages].filter((name) => sim.cluster.storages.has(name));
  return [
    ...(type === undefined || type === 'qemu' ? vms.map((vm) => vmEntry(sim, vm)) : []),
    ...(type === undefined || type === 'storage' ? storages.flatMap((name) => storageEntries(sim, name)) : []),
  ];
}

function storageEntries(sim: Sim, name: string): unknown[] {
  return [...sim.cluster.hosts.keys()]
    .filter((host) => sim.cluster.hasStorage(host, name))
    .map((host) => {
      const { total, used } = usageOfStorage(sim, name, host);
      return {
        id: `storage/${host}/${name}`,
        node: host,
        storage: name,
        type: 'storage',
        status: 'available',
        disk: used,
        maxdisk: total,
      };
    });
}

const described = (pool: Pool) => (pool.comment === undefined ? {} : { comment: pool.comment });

/** All pools the caller may audit, or any one by its id with its members. */
function listPools(call: Call, sim: Sim): unknown {
  if (call.params['poolid'] !== undefined) {
    const pool = find(sim, idOf(call));
    return [{ poolid: pool.id, ...described(pool), members: membersOf(sim, pool, call) }];
  }
  if (call.params['type'] !== undefined) {
    throw badParameters({ poolid: 'property is missing and it is not optional' });
  }
  return sim.pools
    .list()
    .filter((pool) => sim.access.has(call.caller, `/pool/${pool.id}`, 'Pool.Audit'))
    .map((pool) => ({ poolid: pool.id, ...described(pool) }));
}

function readPool(call: Call, sim: Sim): unknown {
  const pool = find(sim, idOf(call));
  return { ...described(pool), members: membersOf(sim, pool, call), poolid: pool.id };
}

function createPool(call: Call, sim: Sim): null {
  const id = idOf(call);
  if (!/^[A-Za-z]/.test(id)) throw died('create pool failed: pool name must start with a letter');
  if (sim.pools.get(id) !== undefined) throw died(`create pool failed: pool '${id}' already exists`);
  const parent = id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : undefined;
  if (parent !== undefined && sim.pools.get(parent) === undefined) {
    throw died(`create pool failed: parent '${parent}' of pool '${id}' does not exist`);
  }
  const comment = call.params['comment'];
  sim.pools.create(id, typeof comment === 'string' ? comment : undefined);
  sim.counters.add('poolChanges');
  return null;
}

function updatePool(call: Call, sim: Sim): null {
  const pool = find(sim, idOf(call), 'update pools failed: ');
  const { params } = call;
  if (typeof params['comment'] === 'string') pool.comment = params['comment'];
  const isRemoval = params['delete'] === 1;
  for (const text of namesIn(params['vms'])) updateVm(call, sim, pool, Number(text), isRemoval);
  for (const name of namesIn(params['storage'])) {
    if (isRemoval && !pool.storages.has(name))
      throw died(`update pools failed: Storage '${name}' is not a pool member`);
    if (!isRemoval && pool.storages.has(name))
      throw died(`update pools failed: Storage '${name}' is already a pool member`);
    if (isRemoval) sim.pools.removeStorage(pool.id, name);
    else sim.pools.addStorage(pool.id, name);
  }
  sim.counters.add('poolChanges');
  return null;
}

function updateVm(call: Call, sim: Sim, pool: Pool, vmid: number, isRemoval: boolean): void {
  const present = sim.pools.ofVm(vmid);
  if (isRemoval) {
    if (present !== pool.id) throw died(`update pools failed: VM ${vmid} is not a pool member`);
    return sim.pools.leave(vmid);
  }
  if (present === pool.id) throw died(`update pools failed: VM ${vmid} is already a pool member`);
  if (present !== undefined) {
    if (call.params['allow-move'] !== 1) {
      throw died(`update pools failed: VM ${vmid} belongs already to pool '${present}' and 'allow-move' is not set`);
    }
    requireRight(sim, call.caller, { path: `/pool/${present}`, anyOf: ['Pool.Allocate'] });
  }
  sim.pools.join(pool.id, vmid);
}

function deletePool(call: Call, sim: Sim): null {
  const pool = find(sim, idOf(call), 'delete pool failed: ');
  const refuse = (why: string) => died(`delete pool failed: ${why}`);
  const child = sim.pools.list().find((other) => other.id.startsWith(`${pool.id}/`));
  if (child !== undefined) throw refuse(`pool '${pool.id}' is not empty (contains pool '${child.id}')`);
  const vm = [...pool.vms].find((vmid) => sim.vms.find(vmid) !== undefined);
  if (vm !== undefined) throw refuse(`pool '${pool.id}' is not empty (contains VM ${vm})`);
  const storage = [...pool.storages].find((name) => sim.cluster.storages.has(name));
  if (storage !== undefined) throw refuse(`pool '${pool.id}' is not empty (contains storage '${storage}')`);
  sim.pools.delete(pool.id);
  sim.counters.add('poolChanges');
  return null;
}

/** A name that is no path at all is refused as a right on nothing. */
function allocateNamed(call: IncomingCall, sim: Sim): void {
  const id = plainText(call.raw['poolid']);
  if (/[\s:]/.test(id)) throw forbidden(', Pool.Allocate');
  requireRight(sim, call.caller, { path: `/pool/${id}`, anyOf: ['Pool.Allocate'] });
}

type Fields = Record<string, ParameterRule>;

const ALLOCATE = { path: '/pool/{poolid}', anyOf: ['Pool.Allocate'] };
const poolid = { poolid: required(text({ format: poolName })) };
const type = { type: oneOf('qemu', 'lxc', 'storage') };
const update: Fields = {
  ...poolid,
  'allow-move': boolean,
  comment: text(),
  delete: boolean,
  storage: list(),
  vms: list(),
};

function route(method: Method, path: string, check: Route['check'], fields: Fields, handler: Route['handler']): Route {
  return {
    method,
    path,
    operation: `pool.${method.toLowerCase()}`,
    check,
    schema: { fields },
    handler,
    isProtected: method !== 'GET',
  };
}

export const POOL_ROUTES: Route[] = [
  route('GET', '/pools', 'everyone', { ...type, poolid: text() }, listPools),
  route('POST', '/pools', allocateNamed, { ...poolid, comment: text() }, createPool),
  route('PUT', '/pools', ALLOCATE, update, updatePool),
  route('DELETE', '/pools', ALLOCATE, poolid, deletePool),
  route('GET', '/pools/{poolid}', { path: '/pool/{poolid}', anyOf: ['Pool.Audit'] }, type, readPool),
  route('PUT', '/pools/{poolid}', ALLOCATE, update, updatePool),
  route('DELETE', '/pools/{poolid}', ALLOCATE, {}, deletePool),
];
