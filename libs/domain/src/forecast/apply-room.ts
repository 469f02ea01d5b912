import type { NormalisedBlueprint, NormalisedNode } from '../blueprint/normalised-blueprint';
import { placementRequest, type Refusal, type SiteToFit } from '../placement';
import { SiteRoom } from '../placement/site-room';
import type { PlanApply } from '../planning';
import { revisionDifferences, type RevisionDifferences } from './revision-differences';

/** A node that the range has. */
export interface HeldNode {
  readonly name: string;
  readonly host: string;
  readonly memoryMiB: number;
  readonly running: boolean;
}

/** What of a site is there for the nodes that another revision makes. */
export interface ApplyRoom<S extends SiteToFit> {
  readonly differences: RevisionDifferences;
  /** Nodes that get a VM: new ones, and those that are made anew. */
  readonly made: readonly NormalisedNode[];
  /** The site without the nodes that go, and with the others as large as they become. */
  readonly site: S;
  /** Hosts on which the nodes that stay have no room for what they grow by. */
  readonly refusals: readonly Refusal[];
}

export type RevisionOfRange = Pick<NormalisedBlueprint, 'nodes' | 'networks'>;

/** What differs between two revisions, and what the one needs of the site of a range that is at the other. */
export function roomForApply<S extends SiteToFit>(
  before: RevisionOfRange,
  after: RevisionOfRange,
  held: readonly HeldNode[],
  site: S,
): ApplyRoom<S> {
  const differences = revisionDifferences(before, after);
  const anew = namesMadeAnew(differences);
  const made = new Set([...differences.nodes.added, ...anew]);
  const gone = new Set([...differences.nodes.removed, ...anew]);
  const left = roomAfter(site, held, gone, growthOf(after.nodes, held, made));
  return {
    differences,
    made: after.nodes.filter(({ name }) => made.has(name)),
    site: left,
    refusals: outgrown(left, held),
  };
}

/** What the planner is told. `ran`: nodes of the range that run; `desired`: what is wanted of the range. */
export function applyOf(
  differences: RevisionDifferences,
  ran: ReadonlySet<string>,
  desired: 'running' | 'stopped',
): PlanApply {
  const { nodes, networks } = differences;
  const anew = namesMadeAnew(differences);
  const changed = nodes.changed.filter(({ effect }) => effect === 'restart').map(({ name }) => name);
  return {
    made: new Set([...nodes.added, ...anew]),
    changed: new Set(changed),
    running: new Set([
      ...[...anew, ...changed].filter((name) => ran.has(name)),
      ...(desired === 'running' ? nodes.added : []),
    ]),
    networksAdded: new Set(networks.added),
    networksRemoved: new Set(networks.removed),
  };
}

/** Nodes that another revision makes anew from a template. */
export function namesMadeAnew({ nodes }: RevisionDifferences): readonly string[] {
  return nodes.changed.filter(({ effect }) => effect === 'rebuild').map(({ name }) => name);
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

function roomAfter<S extends SiteToFit>(
  site: S,
  held: readonly HeldNode[],
  gone: ReadonlySet<string>,
  growth: ReadonlyMap<string, number>,
): S {
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

function outgrown(site: SiteToFit, held: readonly HeldNode[]): readonly Refusal[] {
  const room = new SiteRoom(placementRequest([], site));
  const known = new Set(site.hosts.map(({ name }) => name));
  const hosts = [...new Set(held.map(({ host }) => host))].filter((host) => known.has(host) && room.memoryOf(host) < 0);
  return hosts.map((host) => {
    const missing = -room.memoryOf(host);
    const detail = `The nodes on ${host} would need ${missing} MiB of memory more than it has.`;
    return { code: 'capacity.insufficient', detail, facts: { host, missingMiB: missing } };
  });
}
