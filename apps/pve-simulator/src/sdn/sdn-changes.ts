import { died, textOf } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import type { SdnConfig } from './sdn';
import { requireSdnLock } from './sdn-apply';

/** Checks that the real thing makes in a second place, and so reports inside another error. */
const nested = (complaint: string) => died(`400 Parameter verification failed.\n${complaint}`);
const CONTROL = ['digest', 'lock-token', 'delete', 'node'];
const TAGGED = ['vlan', 'qinq', 'vxlan', 'evpn'];
const NEEDED: Readonly<Record<string, string>> = { vlan: 'bridge', qinq: 'bridge', vxlan: 'peers', evpn: 'controller' };

function optionsOf(call: Call): SdnConfig {
  const options: SdnConfig = {};
  for (const [key, value] of Object.entries(call.params)) {
    if (CONTROL.includes(key) || value === undefined) continue;
    options[key] = Array.isArray(value) ? value.join(';') : value;
  }
  return options;
}

/** Runs one change under the lock token; its errors name what failed. */
function change(call: Call, sim: Sim, what: string, work: (options: SdnConfig) => void): null {
  requireSdnLock(call, sim, what);
  try {
    work(optionsOf(call));
  } catch (error) {
    throw died(`${what}: ${textOf(error)}`);
  }
  return null;
}

export function createZone(call: Call, sim: Sim): null {
  const needed = NEEDED[String(call.params['type'])];
  if (needed !== undefined && call.params[needed] === undefined) {
    throw died(`missing value for required option '${needed}'`);
  }
  return change(call, sim, 'create sdn zone object failed', (options) => {
    const id = String(options['zone']);
    if (sim.sdn.pending.zones.has(id)) throw died(`sdn zone object ID '${id}' already defined`);
    sim.sdn.pending.zones.set(id, options);
  });
}

export function updateZone(call: Call, sim: Sim): null {
  return change(call, sim, 'update sdn zone object failed', (options) => {
    const id = String(options['zone']);
    const zone = sim.sdn.pending.zones.get(id);
    if (zone === undefined) throw died(`sdn '${id}' does not exist`);
    Object.assign(zone, options);
    removeKeys(zone, call);
  });
}

export function deleteZone(call: Call, sim: Sim): null {
  return change(call, sim, 'delete sdn zone object failed', (options) => {
    const id = String(options['zone']);
    const { zones, vnets } = sim.sdn.pending;
    if (!zones.has(id)) throw died(`sdn '${id}' does not exist`);
    const user = [...vnets].find(([, vnet]) => vnet['zone'] === id)?.[0];
    if (user !== undefined) {
      throw died(`zone ${id} is used by vnet ${user} at /usr/share/perl5/PVE/Network/SDN/Zones/Plugin.pm line 149.`);
    }
    zones.delete(id);
  });
}

export function createVnet(call: Call, sim: Sim): null {
  return change(call, sim, 'create sdn vnet object failed', (options) => {
    const id = String(options['vnet']);
    if (sim.sdn.pending.vnets.has(id)) throw died(`sdn vnet object ID '${id}' already defined`);
    checkVnet(sim, id, options);
    sim.sdn.pending.vnets.set(id, { ...options, type: 'vnet' });
  });
}

function checkVnet(sim: Sim, id: string, options: SdnConfig): void {
  const zone = sim.sdn.pending.zones.get(String(options['zone']));
  if (zone === undefined) {
    throw died('cannot lookup undefined type! at /usr/share/perl5/PVE/API2/Network/SDN/Vnets.pm line 326.');
  }
  const type = String(zone['type']);
  const isTagged = TAGGED.includes(type);
  if (isTagged && options['tag'] === undefined) throw nested(`tag: missing ${type === 'vxlan' ? 'vxlan' : 'vlan'} tag`);
  if (!isTagged && options['tag'] !== undefined) throw nested(`tag: vlan tag is not allowed on ${type} zone`);
  const clash = [...sim.sdn.pending.vnets].find(
    ([other, vnet]) => other !== id && isTagged && vnet['zone'] === options['zone'] && vnet['tag'] === options['tag'],
  );
  if (clash !== undefined) throw nested(`tag: tag ${String(options['tag'])} already exist in vnet ${clash[0]}`);
}

function removeKeys(config: SdnConfig, call: Call): void {
  for (const key of String(call.params['delete'] ?? '').split(',')) Reflect.deleteProperty(config, key);
}

export function updateVnet(call: Call, sim: Sim): null {
  return change(call, sim, 'update sdn vnet object failed', (options) => {
    const id = String(options['vnet']);
    const vnet = sim.sdn.pending.vnets.get(id);
    if (vnet === undefined) throw died(`sdn vnet '${id}' does not exist`);
    const updated = { ...vnet, ...options };
    removeKeys(updated, call);
    checkVnet(sim, id, updated);
    sim.sdn.pending.vnets.set(id, updated);
  });
}

export function deleteVnet(call: Call, sim: Sim): null {
  const id = String(call.params['vnet']);
  if (!sim.sdn.pending.vnets.has(id)) throw died(`sdn vnet '${id}' does not exist`);
  return change(call, sim, 'delete sdn vnet object failed', () => {
    if ([...sim.sdn.pending.subnets.values()].some((subnet) => subnet['vnet'] === id)) {
      throw nested("vnet: Can't delete vnet if subnets exists");
    }
    sim.sdn.pending.vnets.delete(id);
  });
}

export function createSubnet(call: Call, sim: Sim): null {
  return change(call, sim, 'create sdn subnet object failed', (options) => {
    const vnet = String(options['vnet']);
    const zone = sim.sdn.zoneOf(vnet, 'pending');
    if (zone === undefined) throw died(`sdn vnet '${vnet}' does not exist`);
    const cidr = String(options['subnet']);
    const id = `${zone}-${cidr.replace('/', '-')}`;
    if (sim.sdn.pending.subnets.has(id)) throw died(`sdn subnet object ID '${id}' already defined`);
    const [network = '', mask = ''] = cidr.split('/');
    sim.sdn.pending.subnets.set(id, { ...options, subnet: id, id, cidr, mask, network, zone });
  });
}

export function deleteSubnet(call: Call, sim: Sim): null {
  return change(call, sim, 'delete sdn subnet object failed', (options) => {
    const id = String(options['subnet']);
    if (!sim.sdn.pending.subnets.delete(id)) throw died(`sdn subnet '${id}' does not exist`);
  });
}
