import { createHash } from 'node:crypto';
import { died } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import type { SdnConfig } from './sdn';

type Kind = 'zones' | 'vnets' | 'subnets';
type Objects = Map<string, SdnConfig>;

const IDENTITY: Readonly<Record<Kind, readonly string[]>> = {
  zones: ['zone', 'type'],
  vnets: ['vnet', 'type'],
  subnets: ['subnet', 'id', 'type', 'vnet'],
};

function digestOf(objects: Objects): string {
  return createHash('sha1')
    .update(JSON.stringify([...objects]))
    .digest('hex');
}

/** What one view shows of an object: configured, running, or configured with what has not been applied yet. */
function view(call: Call, sim: Sim, kind: Kind): Map<string, Record<string, unknown>> {
  const { pending, running } = sim.sdn;
  if (call.params['running'] === 1) return mapped(running[kind], (config) => ({ ...config, digest: null }));
  if (call.params['pending'] !== 1) {
    const digest = digestOf(pending[kind]);
    return mapped(pending[kind], (config) => ({ ...config, digest }));
  }
  const all = new Map([...running[kind], ...pending[kind]]);
  return mapped(all, (config, id) => difference(kind, config, pending[kind].get(id), running[kind].get(id)));
}

function mapped(objects: Objects, shown: (config: SdnConfig, id: string) => Record<string, unknown>) {
  return new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, config]) => [id, shown(config, id)]));
}

function difference(kind: Kind, config: SdnConfig, wanted?: SdnConfig, applied?: SdnConfig): Record<string, unknown> {
  if (wanted === undefined) return { ...applied, digest: null, state: 'deleted', pending: {} };
  const identity = Object.fromEntries(IDENTITY[kind].filter((key) => key in config).map((key) => [key, config[key]]));
  const changed = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => !(key in identity) && applied?.[key] !== value),
  );
  if (applied === undefined) return { ...identity, digest: null, state: 'new', pending: changed };
  if (Object.keys(changed).length === 0) return { ...applied, digest: null };
  return { ...applied, digest: null, state: 'changed', pending: changed };
}

function read(call: Call, sim: Sim, kind: Kind, id: string, missing: string): unknown {
  const object = view(call, sim, kind).get(id);
  if (object === undefined) throw died(missing);
  return object;
}

const sees = (sim: Sim, call: Call, path: string) =>
  sim.access.has(call.caller, path, 'SDN.Audit') || sim.access.has(call.caller, path, 'SDN.Allocate');

export function listZones(call: Call, sim: Sim): unknown {
  return [...view(call, sim, 'zones')]
    .filter(([zone]) => sees(sim, call, `/sdn/zones/${zone}`))
    .map(([, shown]) => shown);
}

export function readZone(call: Call, sim: Sim): unknown {
  const zone = String(call.params['zone']);
  return read(call, sim, 'zones', zone, `sdn '${zone}' does not exist`);
}

export function listVnets(call: Call, sim: Sim): unknown {
  const zoneOf = (vnet: string) => sim.sdn.zoneOf(vnet, 'pending') ?? sim.sdn.zoneOf(vnet, 'running');
  return [...view(call, sim, 'vnets')]
    .filter(([vnet]) => sees(sim, call, `/sdn/zones/${zoneOf(vnet)}/${vnet}`))
    .map(([, shown]) => shown);
}

export function readVnet(call: Call, sim: Sim): unknown {
  const vnet = String(call.params['vnet']);
  return read(call, sim, 'vnets', vnet, `sdn vnet '${vnet}' does not exist`);
}

const withRanges = (shown: Record<string, unknown>) => ({ ...shown, 'dhcp-range': [] });

export function listSubnets(call: Call, sim: Sim): unknown {
  const vnet = call.params['vnet'];
  return [...view(call, sim, 'subnets').values()].filter((shown) => shown['vnet'] === vnet).map(withRanges);
}

export function readSubnet(call: Call, sim: Sim): unknown {
  const id = String(call.params['subnet']);
  return read(call, sim, 'subnets', id, `sdn subnet '${id}' does not exist`);
}

const TOO_OLD = 'local sdn network configuration is too old, please reload';

/** Zones as they were applied to a host. One that has not reloaded since says so of every zone. */
export function hostZones(call: Call, sim: Sim): unknown {
  const status = sim.sdn.isCurrent(call.host) ? 'available' : 'pending';
  return [...sim.sdn.running.zones.keys()].map((zone) => ({ zone, status }));
}

export function zoneContent(call: Call, sim: Sim): unknown {
  const state = sim.sdn.isCurrent(call.host)
    ? { status: 'available', statusmsg: null }
    : { status: 'pending', statusmsg: TOO_OLD };
  return [...sim.sdn.running.vnets]
    .filter(([, vnet]) => vnet['zone'] === call.params['zone'])
    .map(([vnet]) => ({ vnet, ...state }));
}
