import { fillCluster } from '../build-sim';
import { restartHost } from '../cluster/restart-host';
import { FAULT_KINDS, type FaultSpec } from '../faults/faults';
import { HOLD_PHASES, type HoldSpec } from '../faults/holds';
import type { Sim } from '../sim';
import { AdminError } from './admin-error';
import { describeVnets, plantVnet, plantZone, removeVnet } from './sdn-by-hand';
import { createByHand, changeByHand, describeVm, removeByHand } from './vms-by-hand';

export interface AdminCall {
  readonly sim: Sim;
  readonly uri: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
}

type Handler = (call: AdminCall) => unknown;

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AdminError(404, `no such ${what}`);
  return value;
}

function addFault({ sim, body }: AdminCall): unknown {
  const spec = body as unknown as FaultSpec;
  if (!FAULT_KINDS.includes(spec.kind)) throw new AdminError(400, `kind is one of ${FAULT_KINDS.join(', ')}`);
  if (typeof spec.operation !== 'string') throw new AdminError(400, 'operation is missing');
  return sim.faults.add(spec);
}

function addHold({ sim, body }: AdminCall): unknown {
  const spec = body as unknown as HoldSpec;
  if (typeof spec.operation !== 'string') throw new AdminError(400, 'operation is missing');
  if (spec.phase !== undefined && !HOLD_PHASES.includes(spec.phase)) {
    throw new AdminError(400, `phase is one of ${HOLD_PHASES.join(', ')}`);
  }
  return sim.holds.add(spec);
}

/** Back to the declared cluster: no faults, no holds, no tasks, only the templates. */
async function reset({ sim }: AdminCall): Promise<unknown> {
  sim.holds.releaseAll();
  sim.faults.clear();
  for (const host of sim.cluster.hosts.keys()) sim.tasks.killAll(host);
  await sim.tasks.idle();
  sim.tasks.clear();
  sim.vms.clear();
  sim.pools.clear();
  sim.sdn.clear();
  sim.firewall.clear();
  sim.counters.clear();
  sim.requests.clear();
  for (const host of sim.cluster.hosts.values()) host.online = true;
  fillCluster(sim);
  return { reset: true };
}

function profile({ sim }: AdminCall): unknown {
  return {
    factor: sim.time.factor,
    pveVersion: sim.version.version,
    milliseconds: sim.profile,
    storages: [...sim.cluster.storages.values()].map(({ name, type, shared, slots }) => ({
      name,
      type,
      shared: shared === true,
      slots: slots ?? null,
    })),
    hosts: [...sim.cluster.hosts.values()].map(({ name, cpus, memoryMiB, online }) => ({
      name,
      cpus,
      memoryMiB,
      online,
    })),
  };
}

export const ADMIN_ROUTES: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET /', () => ({ endpoints: [...ADMIN_ROUTES.keys()] })],
  ['GET /vms', ({ sim }) => sim.vms.list().map((vm) => describeVm(sim, vm))],
  ['GET /vms/{vmid}', ({ sim, uri }) => describeVm(sim, found(sim.vms.find(Number(uri['vmid'])), 'VM'))],
  ['POST /vms', ({ sim, body }) => createByHand(sim, body)],
  [
    'PATCH /vms/{vmid}',
    ({ sim, uri, body }) => changeByHand(sim, found(sim.vms.find(Number(uri['vmid'])), 'VM'), body),
  ],
  ['DELETE /vms/{vmid}', ({ sim, uri }) => removeByHand(sim, found(sim.vms.find(Number(uri['vmid'])), 'VM'))],
  ['GET /vnets', describeVnets],
  ['POST /zones', plantZone],
  ['POST /vnets', plantVnet],
  ['DELETE /vnets/{vnet}', removeVnet],
  ['GET /counters', ({ sim }) => sim.counters.all()],
  ['DELETE /counters', ({ sim }) => sim.counters.clear()],
  ['GET /profile', profile],
  ['GET /requests', ({ sim, query }) => sim.requests.recent(Number(query.get('limit') ?? 1000))],
  ['DELETE /requests', ({ sim }) => sim.requests.clear()],
  [
    'GET /tasks',
    ({ sim }) => [...sim.tasks.active(), ...[...sim.cluster.hosts.keys()].flatMap((host) => sim.tasks.archived(host))],
  ],
  ['GET /faults', ({ sim }) => sim.faults.list()],
  ['POST /faults', addFault],
  ['DELETE /faults', ({ sim }) => sim.faults.clear()],
  ['DELETE /faults/{id}', ({ sim, uri }) => ({ removed: sim.faults.remove(uri['id'] ?? '') })],
  ['GET /holds', ({ sim }) => sim.holds.list()],
  ['POST /holds', addHold],
  [
    'GET /holds/{id}',
    async ({ sim, uri, query }) =>
      found(await sim.holds.waitReached(uri['id'] ?? '', Number(query.get('waitMs') ?? 0)), 'hold'),
  ],
  ['POST /holds/{id}/release', ({ sim, uri }) => found(sim.holds.release(uri['id'] ?? ''), 'hold')],
  ['DELETE /holds', ({ sim }) => sim.holds.releaseAll()],
  [
    'POST /hosts/{name}/restart',
    ({ sim, uri }) => restartHost(sim, found(sim.cluster.hosts.get(uri['name'] ?? ''), 'host')),
  ],
  ['POST /reset', reset],
]);
