import type { Egress, NormalisedBlueprint, NormalisedNetwork, NormalisedNode } from '../blueprint/normalised-blueprint';
import { DomainError, type ErrorCode } from '../errors';
import { placeNodes } from './place-nodes';
import type { HostUse, NodeToPlace, Placement, PlacementRequest, Shortfall } from './placement';

/** Why a range cannot be made: what its deploy would fail with. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A site as it was last seen, as far as placing reads it. */
export interface SiteToFit extends Omit<PlacementRequest, 'nodes' | 'used'> {
  /** Null before the first inventory. */
  readonly inventoryAt: string | null;
  /** `sdn`: networks are VNets of `sdnZone`. Absent: tags on a bridge. */
  readonly networkMode?: 'vlan' | 'sdn';
  readonly sdnZone?: string | null;
  /** As the site was last seen; null when the zone was not. */
  readonly sdnZoneType?: string | null;
  readonly used: readonly (HostUse & { readonly host: string })[];
}

/** Networks are kept apart by what no host routes, so no site has a way out that it could keep to one range. */
export const EGRESS_OF_SITES: readonly Egress[] = ['none'];
/** Kinds of zone whose VNets reach every host and lead nowhere else. */
const ISOLATING_ZONES: readonly string[] = ['vxlan', 'vlan', 'qinq'];

/** What a site has room for. With a refusal the placements are those of the nodes that would have a place; perhaps none. */
export interface RangeFit {
  readonly placements: readonly Placement[];
  readonly refusals: readonly Refusal[];
}

/**
 * Finds every node of a blueprint its place, and tells everything that keeps the range from being made at the site, in the
 * order in which a deploy finds it. Ids and networks are counted by `poolRefusal`, when they are taken.
 */
export function fitRange(
  { networks, nodes }: Pick<NormalisedBlueprint, 'networks' | 'nodes'>,
  site: SiteToFit,
): RangeFit {
  const refusals: Refusal[] = [];
  const outward = networks.filter(({ egress }) => !EGRESS_OF_SITES.includes(egress));
  if (outward.length > 0) refusals.push(egressRefusal(outward));
  if (site.inventoryAt === null) {
    const { message: detail, code, facts } = new DomainError('site.inventory_missing');
    return { placements: [], refusals: [...refusals, { code, detail, facts }] };
  }
  const zone = zoneRefusal(site);
  if (zone !== undefined) refusals.push(zone);
  const { placements, ...fit } = place(nodes, site);
  return { placements, refusals: [...refusals, ...fit.refusals] };
}

/** All networks at once, so that nobody finds them out one by one. */
function egressRefusal(outward: readonly NormalisedNetwork[]): Refusal {
  const wishes = outward.map(({ name, egress }) => ({ network: name, egress }));
  const list = wishes.map(({ network, egress }) => `${network} (${egress})`).join(', ');
  const detail = `Networks ask for an egress that the site does not offer: ${list}.`;
  return { code: 'site.unsupported', detail, facts: { networks: wishes } };
}

function zoneRefusal({ networkMode, sdnZone: zone, sdnZoneType: type }: SiteToFit): Refusal | undefined {
  if (networkMode !== 'sdn' || (type && ISOLATING_ZONES.includes(type))) return undefined;
  const detail = type
    ? `The zone ${zone} is of type ${type}; networks of ranges need one of ${ISOLATING_ZONES.join(', ')}.`
    : `The last look at the site shows no zone ${zone}, or its agent may not see it.`;
  return { code: 'site.misconfigured', detail, facts: { zone, type } };
}

/** What a pool of ids or networks lacks; undefined when there is enough. */
export function poolRefusal(
  code: 'vmid.pool_exhausted' | 'network.pool_exhausted',
  what: string,
  needed: number,
  available: number,
): Refusal | undefined {
  if (available >= needed) return undefined;
  const detail = `The range needs ${needed} ${what}; the site has ${available} left.`;
  return { code, detail, facts: { needed, available } };
}

/** Throws the refusal that comes first, if any. */
export function assertNone([first]: readonly (Refusal | undefined)[]): void {
  if (first !== undefined) throw new DomainError(first.code, first.detail, first.facts);
}

/** Nodes whose template is missing do not keep the others from being placed, so that one answer tells what both lack. */
function place(nodes: readonly NormalisedNode[], site: SiteToFit): RangeFit {
  const request = placementRequest(nodes, site);
  const result = placeNodes(request);
  if (result.shortfall === undefined) return { placements: result.placements, refusals: [] };
  const refusal = refusalOf(result.shortfall);
  if (result.shortfall.code !== 'template.not_found') return { placements: result.placed, refusals: [refusal] };
  const known = new Set(site.templates.map(({ name }) => name));
  const others = placeNodes({ ...request, nodes: request.nodes.filter(({ template }) => known.has(template)) });
  return {
    placements: others.placements ?? others.placed,
    refusals: others.shortfall ? [refusal, refusalOf(others.shortfall)] : [refusal],
  };
}

function refusalOf({ code, detail, missing, nodesWithoutPlace }: Shortfall): Refusal {
  return { code, detail, facts: { missing, nodesWithoutPlace } };
}

/** What placing a blueprint's nodes at a site reads. */
export function placementRequest(nodes: readonly NormalisedNode[], site: SiteToFit): PlacementRequest {
  return {
    nodes: nodes.map(nodeToPlace),
    hosts: site.hosts,
    storages: site.storages,
    templates: site.templates,
    used: new Map(site.used.map(({ host, ...use }) => [host, use])),
    hostReservedMiB: site.hostReservedMiB,
  };
}

function nodeToPlace({ name, template, resources, cloneMode }: NormalisedNode): NodeToPlace {
  return { name, template, cloneMode, ...resources };
}
