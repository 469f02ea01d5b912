import { compareText } from '../ordering/heap';
import { diskNeeded, modeOf, SiteRoom, type Candidate } from './site-room';
import type { MissingRoom, NodeToPlace, Placement, PlacementRequest, PlacementResult } from './placement';

const LISTED_SHORTFALLS = 20;

/**
 * Finds a host and a template copy for every node, or says exactly what is missing.
 *
 * The largest nodes choose first, each the host with most free memory (ties by name), which spreads a range evenly.
 * When that leaves a node without a place, hosts are filled one after the other instead before giving up.
 * Equal requests get equal answers.
 */
export function placeNodes(request: PlacementRequest): PlacementResult {
  const unknown = templatesNotFound(request);
  if (unknown) return { shortfall: unknown, placed: [] };
  const spread = attempt(request, (room, candidate) => -room.memoryOf(candidate.host.name));
  if (spread.missing.length === 0) return { placements: inOrderOf(request.nodes, spread.placements) };
  const packed = attempt(request, (room, candidate) => room.memoryOf(candidate.host.name));
  if (packed.missing.length === 0) return { placements: inOrderOf(request.nodes, packed.placements) };
  const first = spread.missing[0] as MissingRoom;
  const others = spread.missing.length - 1;
  return {
    shortfall: {
      code: 'capacity.insufficient',
      detail: others === 0 ? `${first.detail}.` : `${first.detail}; nodes without a place besides: ${others}.`,
      missing: spread.missing.slice(0, LISTED_SHORTFALLS),
      nodesWithoutPlace: spread.missing.length,
    },
    placed: inOrderOf(
      request.nodes.filter(({ name }) => spread.placements.has(name)),
      spread.placements,
    ),
  };
}

type Preference = (room: SiteRoom, candidate: Candidate) => number;

function attempt(request: PlacementRequest, preference: Preference) {
  const room = new SiteRoom(request);
  const placements = new Map<string, Placement>();
  const missing: MissingRoom[] = [];
  for (const node of largestFirst(request.nodes)) {
    const candidate = best(node, room, preference);
    if (candidate === undefined) {
      missing.push(whatIsMissing(node, room));
      continue;
    }
    room.take(node, candidate);
    placements.set(node.name, {
      node: node.name,
      host: candidate.host.name,
      storage: candidate.storage.name,
      storageShared: candidate.copy.shared,
      templateVmId: candidate.copy.vmId,
      templateHost: candidate.copy.host,
      mode: modeOf(node, candidate.storage),
      diskGiB: diskNeeded(node, candidate),
    });
  }
  return { placements, missing };
}

function best(node: NodeToPlace, room: SiteRoom, preference: Preference): Candidate | undefined {
  let chosen: Candidate | undefined;
  let least = Infinity;
  for (const candidate of room.candidatesFor(node.template)) {
    if (node.cpus > candidate.host.cpus) continue;
    if (node.memoryMiB > room.memoryOf(candidate.host.name)) continue;
    if (diskNeeded(node, candidate) > room.diskOf(candidate.disk)) continue;
    const rank = preference(room, candidate);
    if (rank < least) [chosen, least] = [candidate, rank];
  }
  return chosen;
}

function whatIsMissing(node: NodeToPlace, room: SiteRoom): MissingRoom {
  const candidates = room.candidatesFor(node.template);
  if (candidates.length === 0) {
    const detail = `${node.name} needs a host with the template ${node.template}; no host that is online can clone it`;
    return { node: node.name, resource: 'host', detail };
  }
  const strongest = most(candidates, ({ host }) => host.cpus);
  if (strongest.host.cpus < node.cpus) {
    const where = strongest.host.name;
    const detail = `${node.name} needs ${node.cpus} CPUs; the strongest host ${where} has ${strongest.host.cpus}`;
    return { node: node.name, resource: 'cpus', needed: node.cpus, available: strongest.host.cpus, where, detail };
  }
  const able = candidates.filter(({ host }) => host.cpus >= node.cpus);
  const roomiest = most(able, ({ host }) => room.memoryOf(host.name));
  const available = Math.max(0, room.memoryOf(roomiest.host.name));
  if (available < node.memoryMiB) {
    const where = roomiest.host.name;
    const detail = `${node.name} needs ${node.memoryMiB} MiB of memory; the roomiest host ${where} has ${available} MiB left`;
    return { node: node.name, resource: 'memory', needed: node.memoryMiB, available, where, detail };
  }
  const fitting = able.filter(({ host }) => room.memoryOf(host.name) >= node.memoryMiB);
  const emptiest = most(fitting, (candidate) => room.diskOf(candidate.disk) - diskNeeded(node, candidate));
  const needed = diskNeeded(node, emptiest);
  const left = Math.max(0, room.diskOf(emptiest.disk));
  const where = `${emptiest.storage.name} on ${emptiest.host.name}`;
  const detail = `${node.name} needs ${needed} GiB of disk; the storage ${where} has ${left} GiB left`;
  return { node: node.name, resource: 'disk', needed, available: left, where, detail };
}

function templatesNotFound({ nodes, templates }: PlacementRequest) {
  const known = new Set(templates.map(({ name }) => name));
  const without = nodes.filter(({ template }) => !known.has(template));
  if (without.length === 0) return undefined;
  const names = [...new Set(without.map(({ template }) => template))];
  return {
    code: 'template.not_found' as const,
    detail: `The site has no template ${names.slice(0, LISTED_SHORTFALLS).join(', ')}.`,
    missing: without.slice(0, LISTED_SHORTFALLS).map(({ name, template }) => ({
      node: name,
      resource: 'template' as const,
      detail: `${name} needs the template ${template}, which the site does not have`,
    })),
    nodesWithoutPlace: without.length,
  };
}

/** The first of the items with the highest score. */
function most<T>(items: readonly T[], scoreOf: (item: T) => number): T {
  return items.reduce((highest, item) => (scoreOf(item) > scoreOf(highest) ? item : highest));
}

function largestFirst(nodes: readonly NodeToPlace[]): readonly NodeToPlace[] {
  return [...nodes].sort((a, b) => b.memoryMiB - a.memoryMiB || compareText(a.name, b.name));
}

function inOrderOf(nodes: readonly NodeToPlace[], placements: ReadonlyMap<string, Placement>): readonly Placement[] {
  return nodes.map(({ name }) => placements.get(name) as Placement);
}
