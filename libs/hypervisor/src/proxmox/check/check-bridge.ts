import type { SiteFinding } from '@orion/contracts';
import { listBridges } from '../inventory/bridges';
import type { ProxmoxClient } from '../transport/proxmox-client';
import type { FoundTemplate } from './check-templates';
import { failed, orPassed, warning } from './finding';

/** The bridge of the site on each host, where it has one, and those that templates hang on: a clone needs the use of both. */
export async function checkBridge(
  client: ProxmoxClient,
  bridge: string | undefined,
  hosts: readonly string[],
  templates: readonly FoundTemplate[],
): Promise<readonly SiteFinding[]> {
  const complaints: SiteFinding[] = [];
  for (const host of hosts) {
    const bridges = await listBridges(client, host);
    const found = bridges.find(({ name }) => name === bridge);
    const facts = { host, bridge };
    if (bridge === undefined) {
      // Networks are VNets; only the templates hang on bridges.
    } else if (found === undefined) {
      complaints.push(failed('bridge', `${host} has no bridge ${bridge} that the token may use (SDN.Use)`, facts));
    } else if (!found.vlanAware) {
      complaints.push(
        warning('bridge', `${bridge} on ${host} is not VLAN-aware: tags need a bridge of their own each`, facts),
      );
    }
    for (const { template, config } of templates.filter((candidate) => candidate.host === host)) {
      const unusable = (config?.nics ?? []).filter((nic) => !bridges.some(({ name }) => name === nic.bridge));
      for (const nic of unusable) {
        const detail = `Template ${template.name} hangs on ${nic.bridge}, which the token may not use on ${host} (SDN.Use)`;
        complaints.push(failed('bridge', detail, { host, bridge: nic.bridge, template: template.name }));
      }
    }
  }
  return orPassed('bridge', complaints, `${bridge ?? 'What templates hang on'} is there on ${hosts.length} hosts`);
}
