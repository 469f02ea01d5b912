import { asAnswers, flagOf, textOf } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';

export interface Bridge {
  readonly name: string;
  readonly vlanAware: boolean;
}

/** Bridges and virtual networks of a host that the token may use; others are left out silently. */
export async function listBridges(client: ProxmoxClient, host: string): Promise<readonly Bridge[]> {
  const interfaces = asAnswers(await client.get('/nodes/{node}/network', { node: host }, { type: 'any_bridge' }));
  return interfaces.map((entry) => ({
    name: textOf(entry, 'iface') ?? '',
    vlanAware: flagOf(entry, 'bridge_vlan_aware'),
  }));
}
