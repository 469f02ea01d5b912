import { randomUUID } from 'node:crypto';

import { assertNone, fitRange, poolRefusal, type NormalisedBlueprint } from '@orion/domain';
import type { Holder, NetworkRow, NodeRow, SitePicture } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import { macAddressOf } from './mac-address';
import { vnetNames } from './vnet-names';
import { nodeSpec, type NodeSpec } from './node-spec';

/** Names are drawn; of those that are taken others are drawn. */
const NAMING_ATTEMPTS = 5;

export interface ReservedRange {
  readonly nodes: readonly NodeRow<NodeSpec>[];
  readonly networks: readonly NetworkRow[];
}

/**
 * Finds every node a host, an id, and every network a tag, and stores them; what does not fit is said before anything is
 * made (`capacity.insufficient`, `template.not_found`, `vmid.pool_exhausted`, `network.pool_exhausted`,
 * `site.inventory_missing`, `site.unsupported`). The caller holds the site's planning lock, and rolls back on an error.
 */
export async function reserveRange(work: JobWork, rangeId: string, site: SitePicture, installation: string) {
  const { rangeName, normalised } = await work.plan.revision(rangeId);
  const blueprint = normalised as NormalisedBlueprint;
  const { placements, refusals } = fitRange(blueprint, site);
  assertNone(refusals);
  const holder = { siteId: work.job.siteId, tenantId: work.job.tenantId, rangeId };
  const vmIds = await work.allocations.takeVmIds(holder, blueprint.nodes.length);
  assertNone([poolRefusal('vmid.pool_exhausted', 'VM ids', blueprint.nodes.length, vmIds.length)]);
  const tags = await work.allocations.takeVlanTags(holder, blueprint.networks.length);
  assertNone([poolRefusal('network.pool_exhausted', 'VLAN tags', blueprint.networks.length, tags.length)]);

  const bridges = await bridgesFor(work, holder, site, blueprint.networks.length);

  const networks = blueprint.networks.map(({ name, cidr, gateway, egress }, index): NetworkRow => {
    return {
      id: randomUUID(),
      name,
      cidr,
      gateway: gateway ?? null,
      egress,
      bridge: at(bridges, index),
      vlanTag: at(tags, index),
      mode: site.networkMode,
      zone: site.networkMode === 'sdn' ? site.sdnZone : null,
    };
  });
  const prefixOf = new Map(networks.map(({ name, cidr }) => [name, cidr.split('/')[1] ?? '']));
  const agents = new Map(site.templates.map(({ vmId, guestAgent }) => [vmId, guestAgent]));
  const nodes = blueprint.nodes.map((node, ordinal): NodeRow<NodeSpec> => {
    const placement = at(placements, ordinal);
    const whose = { installation, tenantId: work.job.tenantId, range: rangeName, node: node.name };
    return {
      id: randomUUID(),
      ordinal,
      name: node.name,
      state: 'planned',
      host: placement.host,
      storage: placement.storage,
      vmId: at(vmIds, ordinal),
      memoryMiB: node.resources.memoryMiB,
      spec: nodeSpec(node, placement, agents.get(placement.templateVmId) === true),
      interfaces: node.interfaces.map(({ network, address, mac }, index) => ({
        network,
        mac: mac ?? macAddressOf({ ...whose, index }),
        address: `${address}/${prefixOf.get(network) ?? ''}`,
      })),
    };
  });
  const owner = { ...holder, jobId: work.job.id };
  await work.plan.addNetworks(owner, networks);
  await work.plan.addNodes(owner, nodes);
  return { nodes, networks } satisfies ReservedRange;
}

/** What the NICs of each network hang on: the bridge of the site, or a VNet of its own. */
async function bridgesFor(work: JobWork, holder: Holder, site: SitePicture, count: number): Promise<readonly string[]> {
  if (site.networkMode === 'vlan') return Array<string>(count).fill(site.bridge ?? '');
  const names: string[] = [];
  for (let attempt = 1; names.length < count && attempt <= NAMING_ATTEMPTS; attempt += 1) {
    names.push(...(await work.allocations.takeVnets(holder, vnetNames(count - names.length))));
  }
  assertNone([poolRefusal('network.pool_exhausted', 'VNet names', count, names.length)]);
  return names;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no item ${index} of ${items.length}.`);
  return item;
}
