import type { BlueprintDraft, LabelsDraft, NodeDraft, ProbeDraft } from './blueprint-draft';
import {
  instanceNames,
  viewBlueprint,
  type BlueprintView,
  type InterfaceView,
  type NetworkView,
  type NodeView,
} from './blueprint-view';
import { formatCidr, formatIpv4, type Ipv4 } from './ipv4';
import {
  DEFAULTS,
  type NormalisedBlueprint,
  type NormalisedInterface,
  type NormalisedNetwork,
  type NormalisedNode,
  type NormalisedProbe,
} from './normalised-blueprint';

/**
 * The normalised form of a blueprint without errors. The same document gives the same form, at every site and every time:
 * addresses are dealt out in the order of nodes and interfaces, each the lowest that no node and no gateway has.
 * Throws a plain Error when the blueprint has errors.
 */
export function normaliseBlueprint(draft: BlueprintDraft): NormalisedBlueprint {
  const view = viewBlueprint(draft);
  const addresses = new AddressBook(view);
  return {
    schemaVersion: 1,
    name: known(draft.name),
    ...described(draft),
    labels: sortedLabels(draft.labels),
    networks: view.networks.map(normaliseNetwork),
    nodes: view.nodes.flatMap((node) => normaliseNode(node, view, addresses)),
  };
}

/**
 * The address that a node sends what leaves its networks to: the gateway of the first of its networks that has one, unless
 * the node is that gateway itself. Undefined: it has no way out.
 */
export function defaultGateway(
  node: Pick<NormalisedNode, 'interfaces'>,
  networks: readonly Pick<NormalisedNetwork, 'name' | 'gateway'>[],
): { readonly network: string; readonly address: string } | undefined {
  for (const { network, address } of node.interfaces) {
    const gateway = networks.find(({ name }) => name === network)?.gateway;
    if (gateway !== undefined && gateway !== address) return { network, address: gateway };
  }
  return undefined;
}

/** Deals out the free addresses of each network, lowest first. */
class AddressBook {
  private readonly taken = new Map<NetworkView, Set<Ipv4>>();
  private readonly next = new Map<NetworkView, Ipv4>();

  constructor(view: BlueprintView) {
    for (const network of view.networks) {
      this.taken.set(network, new Set(network.gateway === undefined ? [] : [network.gateway]));
    }
    for (const { interfaces } of view.nodes) {
      for (const { network, address } of interfaces) if (network && address) this.taken.get(network)?.add(address);
    }
  }

  assign(network: NetworkView): Ipv4 {
    const { first, last } = known(network.cidr);
    const taken = known(this.taken.get(network));
    let address = this.next.get(network) ?? first + 1;
    while (taken.has(address)) address++;
    if (address >= last) throw new Error(`Network ${network.name ?? ''} has no free address left.`);
    this.next.set(network, address + 1);
    return address;
  }
}

function normaliseNetwork(network: NetworkView): NormalisedNetwork {
  return {
    name: known(network.name),
    ...described(network.draft),
    cidr: formatCidr(known(network.cidr)),
    ...(network.gateway === undefined ? {} : { gateway: formatIpv4(network.gateway) }),
    egress: known(network.egress),
  };
}

function normaliseNode(node: NodeView, view: BlueprintView, addresses: AddressBook): NormalisedNode[] {
  const { draft } = node;
  const os = draft.os ?? DEFAULTS.os;
  const diskGiB = draft.resources?.diskGiB;
  const alike = {
    ...described(draft),
    template: known(draft.template),
    os,
    labels: sortedLabels(draft.labels),
    resources: {
      cpus: draft.resources?.cpus ?? DEFAULTS.resources[os].cpus,
      memoryMiB: draft.resources?.memoryMiB ?? DEFAULTS.resources[os].memoryMiB,
      ...(typeof diskGiB === 'number' ? { diskGiB } : {}),
    },
    dependsOn: [...new Set((draft.dependsOn ?? []).flatMap((name) => expandName(known(name), view)))],
    readiness: {
      guestAgent: draft.readiness?.guestAgent ?? DEFAULTS.readiness.guestAgent,
      timeoutSeconds: draft.readiness?.timeoutSeconds ?? DEFAULTS.readiness.timeoutSeconds,
    },
    isolated: draft.isolated ?? DEFAULTS.isolated,
    cloneMode: draft.cloneMode ?? DEFAULTS.cloneMode,
    ...cloudInitOf(draft),
    ...probesOf(draft),
  };
  return instanceNames(node).map((name) => ({
    name,
    ...alike,
    interfaces: node.interfaces.map((nic) => normaliseInterface(nic, addresses)),
  }));
}

function normaliseInterface({ draft, network, address }: InterfaceView, addresses: AddressBook): NormalisedInterface {
  return {
    network: known(draft.network),
    address: formatIpv4(address ?? addresses.assign(known(network))),
    ...(typeof draft.mac === 'string' ? { mac: draft.mac.toUpperCase() } : {}),
  };
}

/** A group's name stands for all of its nodes. */
function expandName(name: string, view: BlueprintView): readonly string[] {
  const node = known(view.nodeByName.get(name));
  return node.name === name ? instanceNames(node) : [name];
}

function cloudInitOf({ cloudInit }: NodeDraft): Pick<NormalisedNode, 'cloudInit'> {
  if (!cloudInit) return {};
  const keys = (cloudInit.sshKeys ?? []).map((key) => known(key).trim());
  return {
    cloudInit: {
      ...(typeof cloudInit.user === 'string' ? { user: cloudInit.user } : {}),
      sshKeys: [...new Set(keys)],
    },
  };
}

/** Absent when there are none, so that a blueprint without probes keeps its digest. */
function probesOf({ probes }: NodeDraft): Pick<NormalisedNode, 'probes'> {
  if (!probes || probes.length === 0) return {};
  return { probes: probes.map((probe) => normaliseProbe(known(probe))) };
}

function normaliseProbe({ name, timeoutSeconds, exec, tcp }: ProbeDraft): NormalisedProbe {
  return {
    name: known(name),
    timeoutSeconds: timeoutSeconds ?? DEFAULTS.probe.timeoutSeconds,
    ...(exec && {
      exec: {
        command: known(exec.command).map(known),
        exitCode: exec.exitCode ?? DEFAULTS.probe.exitCode,
        ...(typeof exec.output === 'string' ? { output: exec.output } : {}),
      },
    }),
    ...(tcp && { tcp: { port: known(tcp.port), from: known(tcp.from) } }),
  };
}

function described({ description }: { readonly description?: string | null }): { readonly description?: string } {
  return typeof description === 'string' ? { description } : {};
}

function sortedLabels(labels: LabelsDraft | null | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(labels ?? {}).map(([key, value]) => [key, known(value)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function known<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('Only a blueprint without errors can be normalised.');
  return value;
}
