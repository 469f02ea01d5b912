import { randomUUID } from 'node:crypto';

import { assertNone, fitRange, poolRefusal, type NormalisedBlueprint } from '@orion/domain';
import type { NetworkRow, NodeRow, SitePicture } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import { macAddressOf } from './mac-address';
import { nodeSpec, type NodeSpec } from './node-spec';

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

  const networks = blueprint.networks.map(({ name, cidr, gateway, egress }, index): NetworkRow => {
    return {
      id: randomUUID(),
      name,
      cidr,
      gateway: gateway ?? null,
      egress,
      bridge: site.bridge,
      vlanTag: at(tags, index),
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

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no item ${index} of ${items.length}.`);
  return item;
}
