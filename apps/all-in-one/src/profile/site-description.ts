import type { SiteDescription } from '@orion/rest-client';
import type { ConfigOf } from '@orion/runtime';
import type { ClusterSpec } from '@orion/pve-simulator';
import type { platformConfig } from './platform-config';

const VLAN_NETWORKS = { networkMode: 'vlan', bridge: 'vmbr1', vlanFirst: 100, vlanLast: 999 } as const;
const VNET_TAGS = { vlanFirst: 5_000, vlanLast: 99_999 } as const;

/** The simulated cluster as a site: every template of its spec is in the catalogue. `zone`: its networks are VNets there. */
export function simulatedSite(spec: ClusterSpec, zone?: string): SiteDescription {
  const shared = new Set(spec.storages.filter((storage) => storage.shared).map(({ name }) => name));
  return {
    settings: {
      name: 'local',
      ...(zone === undefined ? VLAN_NETWORKS : { networkMode: 'sdn', bridge: 'vmbr1', sdnZone: zone, ...VNET_TAGS }),
      pool: 'orion-ranges',
      vmIdFirst: 4000,
      vmIdLast: 8999,
    },
    templates: spec.templates.map((template) => ({
      name: template.name,
      vmId: template.vmid,
      host: template.host,
      storage: template.storage,
      shared: shared.has(template.storage),
      os: template.os,
      guestAgent: template.agent ?? false,
      memoryMiB: template.memoryMiB,
      diskGiB: template.diskGiB ?? 8,
    })),
  };
}

/** A real cluster with one small Linux template, under the name that the example blueprints give it. */
export function realSite(config: ConfigOf<typeof platformConfig>): SiteDescription {
  return {
    settings: {
      name: 'proxmox',
      networkMode: config.SITE_NETWORK_MODE,
      bridge: config.SITE_BRIDGE,
      ...(config.SITE_NETWORK_MODE === 'sdn' && { sdnZone: config.SITE_SDN_ZONE }),
      pool: config.SITE_POOL,
      vmIdFirst: config.SITE_VM_ID_FIRST,
      vmIdLast: config.SITE_VM_ID_LAST,
      vlanFirst: config.SITE_VLAN_FIRST,
      vlanLast: config.SITE_VLAN_LAST,
    },
    templates: [
      {
        name: 'debian-12',
        vmId: config.SITE_TEMPLATE,
        host: config.SITE_TEMPLATE_HOST,
        storage: config.SITE_STORAGE,
        shared: config.SITE_STORAGE_SHARED,
        os: 'linux',
        guestAgent: true,
        memoryMiB: 512,
        diskGiB: 2,
      },
    ],
  };
}
