import type { Sim } from '../sim';
import { AdminError } from './admin-error';
import type { AdminCall } from './admin-routes';

/** The virtual networks that were applied, with the hosts that have each. */
export function describeVnets({ sim }: AdminCall): unknown {
  return [...sim.sdn.running.vnets].map(([vnet, config]) => ({
    ...config,
    vnet,
    hosts: hostsOf(sim).filter((host) => sim.sdn.hasVnet(host, vnet)),
  }));
}

/** Makes a zone and applies it. */
export function plantZone({ sim, body }: AdminCall): unknown {
  const { zone, type } = body;
  if (typeof zone !== 'string' || typeof type !== 'string') throw new AdminError(400, 'zone and type are needed');
  sim.sdn.pending.zones.set(zone, { zone, type });
  return applyByHand(sim);
}

/** Makes a virtual network and applies it, as somebody else would. */
export function plantVnet({ sim, body }: AdminCall): unknown {
  const { vnet, zone, tag, alias } = body;
  if (typeof vnet !== 'string' || typeof zone !== 'string' || !sim.sdn.pending.zones.has(zone)) {
    throw new AdminError(400, 'vnet and zone are needed');
  }
  sim.sdn.pending.vnets.set(vnet, {
    ...{ vnet, zone, type: 'vnet' },
    ...(typeof tag === 'number' ? { tag } : {}),
    ...(typeof alias === 'string' ? { alias } : {}),
  });
  return applyByHand(sim);
}

export function removeVnet({ sim, uri }: AdminCall): unknown {
  if (!sim.sdn.pending.vnets.delete(uri['vnet'] ?? '')) throw new AdminError(404, 'no such virtual network');
  return applyByHand(sim);
}

function applyByHand(sim: Sim): unknown {
  sim.sdn.commit();
  for (const host of hostsOf(sim)) sim.sdn.reload(host);
  return { applied: true };
}

const hostsOf = (sim: Sim): readonly string[] => [...sim.cluster.hosts.keys()];
