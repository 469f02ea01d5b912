import { randomUUID } from 'node:crypto';

import { DomainError, placeNodes, type NormalisedBlueprint, type Placement } from '@orion/domain';
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
  assertSupported(blueprint, site);
  const placements = place(blueprint, site);
  const holder = { siteId: work.job.siteId, tenantId: work.job.tenantId, rangeId };
  const vmIds = await work.allocations.takeVmIds(holder, blueprint.nodes.length);
  assertEnough('vmid.pool_exhausted', 'VM ids', blueprint.nodes.length, vmIds.length);
  const tags = await work.allocations.takeVlanTags(holder, blueprint.networks.length);
  assertEnough('network.pool_exhausted', 'VLAN tags', blueprint.networks.length, tags.length);

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

function assertSupported({ networks }: NormalisedBlueprint, site: SitePicture): void {
  const outward = networks.find(({ egress }) => egress !== 'none');
  if (outward !== undefined) {
    throw new DomainError(
      'site.unsupported',
      `The network ${outward.name} asks for egress ${outward.egress}, which the site does not offer.`,
      { network: outward.name, egress: outward.egress },
    );
  }
  if (site.inventoryAt === null) throw new DomainError('site.inventory_missing');
}

function place({ nodes }: NormalisedBlueprint, site: SitePicture): readonly Placement[] {
  const result = placeNodes({
    nodes: nodes.map(({ name, template, resources }) => ({ name, template, ...resources })),
    hosts: site.hosts,
    storages: site.storages,
    templates: site.templates,
    used: new Map(site.used.map(({ host, ...use }) => [host, use])),
    hostReservedMiB: site.hostReservedMiB,
  });
  if (result.shortfall === undefined) return result.placements;
  const { code, detail, missing, nodesWithoutPlace } = result.shortfall;
  throw new DomainError(code, detail, { missing, nodesWithoutPlace });
}

function assertEnough(
  code: 'vmid.pool_exhausted' | 'network.pool_exhausted',
  what: string,
  needed: number,
  available: number,
): void {
  if (available >= needed) return;
  throw new DomainError(code, `The range needs ${needed} ${what}; the site has ${available} left.`, {
    needed,
    available,
  });
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no item ${index} of ${items.length}.`);
  return item;
}
