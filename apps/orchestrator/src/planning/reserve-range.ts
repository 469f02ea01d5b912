import { randomUUID } from 'node:crypto';

import {
  assertNone,
  fitRange,
  poolRefusal,
  type NormalisedBlueprint,
  type NormalisedNetwork,
  type NormalisedNode,
  type Placement,
} from '@orion/domain';
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
  const vmIds = await reserveVmIds(work, holder, blueprint.nodes.length);
  const networks = await reserveNetworks(work, holder, site, blueprint.networks);
  const nodes = nodeRows(blueprint, {
    placements,
    vmIds,
    site,
    whose: { installation, tenantId: holder.tenantId, range: rangeName },
  });
  const owner = { ...holder, jobId: work.job.id };
  await work.plan.addNetworks(owner, networks);
  await work.plan.addNodes(owner, nodes);
  return { nodes, networks } satisfies ReservedRange;
}

export async function reserveVmIds(work: JobWork, holder: Holder, count: number): Promise<readonly number[]> {
  const vmIds = await work.allocations.takeVmIds(holder, count);
  assertNone([poolRefusal('vmid.pool_exhausted', 'VM ids', count, vmIds.length)]);
  return vmIds;
}

/** Gives networks their tags and what their NICs hang on. */
export async function reserveNetworks(
  work: JobWork,
  holder: Holder,
  site: SitePicture,
  wanted: readonly NormalisedNetwork[],
): Promise<readonly NetworkRow[]> {
  const tags = await work.allocations.takeVlanTags(holder, wanted.length);
  assertNone([poolRefusal('network.pool_exhausted', 'VLAN tags', wanted.length, tags.length)]);
  const bridges = await bridgesFor(work, holder, site, wanted.length);
  return wanted.map((network, index) => ({
    id: randomUUID(),
    name: network.name,
    ...settingsOf(network),
    bridge: at(bridges, index),
    vlanTag: at(tags, index),
    mode: site.networkMode,
    zone: site.networkMode === 'sdn' ? site.sdnZone : null,
  }));
}

/** What a revision says of a network. */
export function settingsOf({
  cidr,
  gateway,
  egress,
}: NormalisedNetwork): Pick<NetworkRow, 'cidr' | 'gateway' | 'egress'> {
  return { cidr, gateway: gateway ?? null, egress };
}

export interface NodePlaces {
  /** In the order of the nodes, as the ids are. */
  readonly placements: readonly Placement[];
  readonly vmIds: readonly number[];
  readonly site: SitePicture;
  readonly whose: Whose;
}

/** Whose VMs they are: their addresses follow from that. */
export interface Whose {
  readonly installation: string;
  readonly tenantId: string;
  /** Its name. */
  readonly range: string;
}

/** Rows of nodes that are to be made. `only`: of the blueprint's nodes these. */
export function nodeRows(
  blueprint: Pick<NormalisedBlueprint, 'nodes' | 'networks'>,
  { placements, vmIds, site, whose }: NodePlaces,
  only?: ReadonlySet<string>,
): readonly NodeRow<NodeSpec>[] {
  const agents = new Map(site.templates.map(({ vmId, guestAgent }) => [vmId, guestAgent]));
  let index = 0;
  return blueprint.nodes.flatMap((node, ordinal): readonly NodeRow<NodeSpec>[] => {
    if (only?.has(node.name) === false) return [];
    const placement = at(placements, index);
    const vmId = at(vmIds, index);
    index += 1;
    const { host, storage } = placement;
    const spec = nodeSpec(node, placement, agents.get(placement.templateVmId) === true);
    const row = { id: randomUUID(), ordinal, name: node.name, state: 'planned' as const, host, storage, vmId, spec };
    return [{ ...row, ...hardwareOf(node, blueprint.networks, whose) }];
  });
}

/** Memory and network cards as a revision says; equal for equal revisions. */
export function hardwareOf(
  node: NormalisedNode,
  networks: readonly NormalisedNetwork[],
  whose: Whose,
): Pick<NodeRow<NodeSpec>, 'memoryMiB' | 'interfaces'> {
  const prefixOf = new Map(networks.map(({ name, cidr }) => [name, cidr.split('/')[1] ?? '']));
  return {
    memoryMiB: node.resources.memoryMiB,
    interfaces: node.interfaces.map(({ network, address, mac }, index) => ({
      network,
      mac: mac ?? macAddressOf({ ...whose, node: node.name, index }),
      address: `${address}/${prefixOf.get(network) ?? ''}`,
    })),
  };
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
