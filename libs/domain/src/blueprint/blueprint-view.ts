import type { BlueprintDraft, InterfaceDraft, NetworkDraft, NodeDraft } from './blueprint-draft';
import { parseIpv4, readCidr, type Cidr, type CidrReading, type Ipv4 } from './ipv4';
import { LIMITS } from './limits';
import { DEFAULTS, type Egress, type OperatingSystem } from './normalised-blueprint';
import type { SiteFacts, TemplateFacts } from './site-facts';

/** Prefix lengths that a network may have: larger ones leave no room for two nodes, smaller ones are no network. */
export const PREFIXES = { shortest: 8, longest: 30 } as const;

/** A network with its texts read. */
export interface NetworkView {
  readonly index: number;
  readonly draft: NetworkDraft;
  readonly name: string | undefined;
  readonly reading: CidrReading | undefined;
  /** The network that is meant; undefined when it cannot be told or is not supported. */
  readonly cidr: Cidr | undefined;
  /** Undefined when malformed. */
  readonly egress: Egress | undefined;
  /** Declared, or the first address when the site provides it. Undefined: none, or not readable. */
  readonly gateway: Ipv4 | undefined;
}

/** An entry of `nodes`: one node, or a numbered group. */
export interface NodeView {
  readonly index: number;
  readonly draft: NodeDraft;
  readonly name: string | undefined;
  /** True when `count` is given, even as 1. */
  readonly numbered: boolean;
  readonly count: number;
  /** Declared, else the template's, else the default. */
  readonly os: OperatingSystem;
  readonly template: TemplateFacts | undefined;
  readonly interfaces: readonly InterfaceView[];
}

export interface InterfaceView {
  readonly index: number;
  readonly draft: InterfaceDraft;
  readonly network: NetworkView | undefined;
  /** Undefined when absent or not readable. */
  readonly address: Ipv4 | undefined;
}

/** A draft with its names looked up and its texts read, once for all rules. */
export interface BlueprintView {
  readonly draft: BlueprintDraft;
  readonly networks: readonly NetworkView[];
  readonly networkByName: ReadonlyMap<string, NetworkView>;
  readonly nodes: readonly NodeView[];
  /** By the names of entries and of numbered nodes; without the latter when there are too many. */
  readonly nodeByName: ReadonlyMap<string, NodeView>;
  readonly nodeCount: number;
  /** Parts that hold names are malformed, so that an unknown name may be no mistake. */
  readonly damaged: { readonly networks: boolean; readonly nodes: boolean; readonly interfaces: boolean };
  readonly site: SiteFacts | undefined;
}

export function viewBlueprint(draft: BlueprintDraft, site?: SiteFacts): BlueprintView {
  const networks = present(draft.networks).map(([network, index]) => viewNetwork(network, index));
  const networkByName = new Map<string, NetworkView>();
  for (const network of networks) if (network.name !== undefined) setFirst(networkByName, network.name, network);

  const templates = new Map(site?.templates.map((template) => [template.name, template]));
  const nodes = present(draft.nodes).map(([node, index]) => viewNode(node, index, networkByName, templates));
  const nodeCount = nodes.reduce((sum, { count }) => sum + count, 0);
  return {
    draft,
    networks,
    networkByName,
    nodes,
    nodeByName: indexNodes(nodes, nodeCount <= LIMITS.nodes),
    nodeCount,
    damaged: {
      networks: hasHoles(draft.networks) || networks.some(({ name }) => name === undefined),
      nodes: hasHoles(draft.nodes) || nodes.some(({ name }) => name === undefined),
      interfaces: hasHoles(draft.nodes) || nodes.some(({ draft: node }) => hasDamagedInterfaces(node)),
    },
    site,
  };
}

/** The names of the nodes that an entry stands for. */
export function instanceNames(node: Pick<NodeView, 'name' | 'numbered' | 'count'>): readonly string[] {
  const { name, numbered, count } = node;
  if (name === undefined) return [];
  return numbered ? Array.from({ length: count }, (_, i) => `${name}-${i + 1}`) : [name];
}

function viewNetwork(draft: NetworkDraft, index: number): NetworkView {
  const reading = typeof draft.cidr === 'string' ? readCidr(draft.cidr) : undefined;
  const meant = reading && 'cidr' in reading ? reading.cidr : undefined;
  const supported = meant && meant.prefix >= PREFIXES.shortest && meant.prefix <= PREFIXES.longest;
  const cidr = supported ? meant : undefined;
  const egress = draft.egress === null ? undefined : (draft.egress ?? DEFAULTS.egress);
  const ofSite = egress !== undefined && egress !== 'none' && draft.gateway === undefined;
  const declared = typeof draft.gateway === 'string' ? parseIpv4(draft.gateway) : undefined;
  const gateway = ofSite && cidr ? cidr.first + 1 : declared;
  return { index, draft, name: draft.name ?? undefined, reading, cidr, egress, gateway };
}

function viewNode(
  draft: NodeDraft,
  index: number,
  networks: ReadonlyMap<string, NetworkView>,
  templates: ReadonlyMap<string, TemplateFacts>,
): NodeView {
  const template = typeof draft.template === 'string' ? templates.get(draft.template) : undefined;
  return {
    index,
    draft,
    name: draft.name ?? undefined,
    numbered: draft.count !== undefined,
    count: draft.count ?? 1,
    os: draft.os ?? template?.os ?? DEFAULTS.os,
    template,
    interfaces: present(draft.interfaces).map(([nic, position]) => ({
      index: position,
      draft: nic,
      network: typeof nic.network === 'string' ? networks.get(nic.network) : undefined,
      address: typeof nic.address === 'string' ? parseIpv4(nic.address) : undefined,
    })),
  };
}

function indexNodes(nodes: readonly NodeView[], numbered: boolean): ReadonlyMap<string, NodeView> {
  const byName = new Map<string, NodeView>();
  for (const node of nodes) if (node.name !== undefined) setFirst(byName, node.name, node);
  if (!numbered) return byName;
  for (const node of nodes) if (node.numbered) for (const name of instanceNames(node)) setFirst(byName, name, node);
  return byName;
}

function setFirst<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

function hasDamagedInterfaces(node: NodeDraft): boolean {
  return (
    hasHoles(node.interfaces) ||
    present(node.interfaces).some(([nic]) => nic.network === null || nic.address === null || nic.network === undefined)
  );
}

function hasHoles(items: readonly unknown[] | null | undefined): boolean {
  return items === null || (items?.includes(null) ?? false);
}

/** The items that are well-formed, with their indices. */
function present<T>(items: readonly (T | null)[] | null | undefined): [T, number][] {
  const found: [T, number][] = [];
  items?.forEach((item, index) => {
    if (item !== null) found.push([item, index]);
  });
  return found;
}
