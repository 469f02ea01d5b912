import type { NormalisedBlueprint, NormalisedNode } from '../blueprint/normalised-blueprint';
import { placementRequest, poolRefusal, type Refusal } from '../placement';
import { SiteRoom } from '../placement/site-room';
import type { Forecast, SiteAhead } from './forecast';
import { forecastDeploy } from './forecast-deploy';
import { revisionDifferences, type RevisionDifferences } from './revision-differences';

/** A node that the range has. */
export interface HeldNode {
  readonly name: string;
  readonly host: string;
  readonly memoryMiB: number;
  readonly running: boolean;
}

export interface ApplyForecast extends Pick<Forecast, 'nodes' | 'networks' | 'needs' | 'reasons'> {
  readonly differences: RevisionDifferences;
}

type Blueprint = Pick<NormalisedBlueprint, 'nodes' | 'networks'>;

/**
 * What bringing a range from one revision to another would change. Nodes that are new or made anew are placed as a deploy
 * places them, on what is free once those that go have gone; nodes that grow need the room on the host where they are.
 */
export function forecastApply(
  before: Blueprint,
  after: Blueprint,
  held: readonly HeldNode[],
  site: SiteAhead,
): ApplyForecast {
  const differences = revisionDifferences(before, after);
  const { added, removed, changed } = differences.nodes;
  const anew = new Set(changed.filter(({ effect }) => effect === 'rebuild').map(({ name }) => name));
  const made = new Set([...added, ...anew]);
  const gone = new Set([...removed, ...anew]);
  const left = roomAfter(site, held, gone, growthOf(after.nodes, held, made));

  const nodes = after.nodes.filter(({ name }) => made.has(name));
  const unlimited = { ...left, vmIdsFree: Infinity, networksFree: Infinity };
  const deploy = forecastDeploy({ networks: after.networks, nodes }, unlimited);
  const networks = new Set(differences.networks.added);
  const pools = [
    poolRefusal('vmid.pool_exhausted', 'VM ids', added.length, site.vmIdsFree),
    poolRefusal('network.pool_exhausted', 'VLAN tags', networks.size, site.networksFree),
  ];
  return {
    differences,
    nodes: deploy.nodes,
    networks: deploy.networks.filter(({ name }) => networks.has(name)),
    needs: {
      ...deploy.needs,
      vmIds: { needed: added.length, free: Math.max(0, site.vmIdsFree) },
      networks: { needed: networks.size, free: Math.max(0, site.networksFree) },
    },
    reasons: [...deploy.reasons, ...outgrown(left, held), ...pools.filter((refusal) => refusal !== undefined)],
  };
}

/** MiB by which nodes that stay grow, or shrink, by host. */
function growthOf(
  nodes: readonly NormalisedNode[],
  held: readonly HeldNode[],
  made: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const wanted = new Map(nodes.map(({ name, resources }) => [name, resources.memoryMiB]));
  const growth = new Map<string, number>();
  for (const { name, host, memoryMiB } of held) {
    const next = made.has(name) ? undefined : wanted.get(name);
    if (next !== undefined) growth.set(host, (growth.get(host) ?? 0) + next - memoryMiB);
  }
  return growth;
}

function roomAfter(
  site: SiteAhead,
  held: readonly HeldNode[],
  gone: ReadonlySet<string>,
  growth: ReadonlyMap<string, number>,
): SiteAhead {
  const leaves = (host: string, running?: boolean): number =>
    held
      .filter(
        (node) => node.host === host && gone.has(node.name) && (running === undefined || node.running === running),
      )
      .reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  return {
    ...site,
    hosts: site.hosts.map((host) => ({ ...host, memoryFreeMiB: host.memoryFreeMiB + leaves(host.name, true) })),
    used: site.used.map(({ host, reservedMiB, runningMiB }) => ({
      host,
      reservedMiB: reservedMiB - leaves(host) + (growth.get(host) ?? 0),
      runningMiB: runningMiB - leaves(host, true),
    })),
  };
}

/** Hosts on which the nodes that stay have no room for what they grow by. */
function outgrown(site: SiteAhead, held: readonly HeldNode[]): readonly Refusal[] {
  const room = new SiteRoom(placementRequest([], site));
  const known = new Set(site.hosts.map(({ name }) => name));
  const hosts = [...new Set(held.map(({ host }) => host))].filter((host) => known.has(host) && room.memoryOf(host) < 0);
  return hosts.map((host) => {
    const missing = -room.memoryOf(host);
    const detail = `The nodes on ${host} would need ${missing} MiB of memory more than it has.`;
    return { code: 'capacity.insufficient', detail, facts: { host, missingMiB: missing } };
  });
}
