import { HypervisorError } from '../hypervisor-error';
import type { NetworkSpec } from '../port';
import { listBridges } from './inventory/bridges';
import type { ProxmoxClient } from './transport/proxmox-client';

/**
 * A network is a VLAN tag on a bridge that an administrator made, so there is nothing to make: each host is looked at for
 * the bridge. One that the token may not use looks like one that is missing.
 */
export async function ensureNetwork(client: ProxmoxClient, spec: NetworkSpec): Promise<void> {
  for (const host of spec.hosts) {
    const bridges = await listBridges(client, host);
    if (bridges.some(({ name }) => name === spec.bridge)) continue;
    const detail = `${host} has no bridge ${spec.bridge} that the token may use (SDN.Use)`;
    throw new HypervisorError('network.bridge_missing', 'permanent', detail, { host, bridge: spec.bridge });
  }
}
