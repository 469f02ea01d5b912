import type { Caller } from '../access/access-control';
import { requireRight } from '../http/dispatch';
import type { Sim } from '../sim';
import { nicsOf, type VmConfig } from './vm';

/** Whether a host has a bridge of this name, plain or of a virtual network that was applied to it. */
export function hasBridge(sim: Sim, host: string, bridge: string): boolean {
  return sim.cluster.host(host).bridges.some(({ name }) => name === bridge) || sim.sdn.hasVnet(host, bridge);
}

/** The path on which SDN.Use is asked for a NIC. */
export function bridgePath(sim: Sim, bridge: string, tag: string | undefined): string {
  const zone = sim.sdn.zoneOf(bridge, 'pending') ?? 'localnetwork';
  return `/sdn/zones/${zone}/${bridge}${tag === undefined ? '' : `/${tag}`}`;
}

/** Fails with 403 unless the caller may use the bridges of all NICs; a right on one tag is enough for that tag. */
export function requireBridges(sim: Sim, caller: Caller, config: VmConfig): void {
  for (const { properties } of nicsOf(config)) {
    const { bridge, tag } = properties;
    if (bridge === undefined) continue;
    requireRight(sim, caller, { path: bridgePath(sim, bridge, tag), anyOf: ['SDN.Use'] });
  }
}
