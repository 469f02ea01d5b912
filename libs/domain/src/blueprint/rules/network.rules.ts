import { reachesPublicSpace, unusableRange } from '../address-ranges';
import { PREFIXES, type NetworkView } from '../blueprint-view';
import { contains, formatCidr, formatIpv4, overlaps, usableAddresses, type Cidr } from '../ipv4';
import type { Path } from '../problems';
import { counted, quote } from '../wording';
import type { Rule } from './rule';

export const cidrsAreNetworks: Rule = function* ({ networks }) {
  for (const { draft, index, reading } of networks) {
    if (!reading || typeof draft.cidr !== 'string') continue;
    const path: Path = ['networks', index, 'cidr'];
    const text = quote(draft.cidr);
    if (reading.kind === 'ipv6') {
      yield { code: 'network.ipv6_unsupported', path, message: `${text} is an IPv6 network.` };
    } else if (reading.kind === 'malformed') {
      yield { code: 'network.cidr_invalid', path, message: `${text} is not an IPv4 network in CIDR form.` };
    } else {
      if (reading.kind === 'hostBits') {
        const network = formatCidr(reading.cidr);
        const hint = `Write ${network}.`;
        yield {
          code: 'network.host_bits_set',
          path,
          message: `${text} is an address in the network ${network}.`,
          hint,
        };
      }
      const { prefix } = reading.cidr;
      if (prefix < PREFIXES.shortest || prefix > PREFIXES.longest) {
        yield {
          code: 'network.prefix_unsupported',
          path,
          message: `A network of prefix length ${prefix} is not supported.`,
        };
      }
    }
  }
};

export const rangesAreUsable: Rule = function* ({ networks }) {
  for (const { cidr, index } of networks) {
    if (!cidr) continue;
    const path: Path = ['networks', index, 'cidr'];
    const special = unusableRange(cidr);
    if (special) {
      const message = `${formatCidr(cidr)} overlaps ${formatCidr(special.cidr)}, which holds ${special.meaning}.`;
      yield { code: 'network.special_range', path, message };
    } else if (reachesPublicSpace(cidr)) {
      const message = `${formatCidr(cidr)} holds addresses that belong to others on the Internet.`;
      yield { code: 'network.public_range', path, message };
    }
  }
};

/** By a sweep over the sorted ranges: each network that begins before an earlier one has ended. */
export const networksAreApart: Rule = function* ({ networks }) {
  const sorted = networks.filter(hasCidr).sort((a, b) => a.cidr.first - b.cidr.first || a.index - b.index);
  let widest: (NetworkView & { cidr: Cidr }) | undefined;
  for (const network of sorted) {
    if (widest && overlaps(widest.cidr, network.cidr)) {
      const [earlier, later] = widest.index < network.index ? [widest, network] : [network, widest];
      yield {
        code: 'network.overlap',
        path: ['networks', later.index, 'cidr'],
        message: `${formatCidr(later.cidr)} overlaps ${formatCidr(earlier.cidr)} of network ${nameOf(earlier)}.`,
      };
    }
    if (!widest || network.cidr.last > widest.cidr.last) widest = network;
  }
};

export const networksAreUsed: Rule = function* ({ networks, networkByName, nodes, damaged }) {
  if (damaged.interfaces) return;
  const used = new Set(nodes.flatMap(({ interfaces }) => interfaces.map(({ network }) => network)));
  for (const network of networks) {
    if (network.name === undefined || used.has(network) || networkByName.get(network.name) !== network) continue;
    yield {
      code: 'network.unused',
      path: ['networks', network.index],
      message: `No interface hangs on the network ${nameOf(network)}.`,
    };
  }
};

/** Counts the interfaces on each network, and the gateway's address when it is the site's. */
export const networksHaveRoom: Rule = function* ({ networks, nodes }) {
  const needed = new Map<NetworkView, number>();
  for (const { interfaces, count } of nodes) {
    for (const { network } of interfaces) if (network) needed.set(network, (needed.get(network) ?? 0) + count);
  }
  for (const network of networks) {
    if (!network.cidr) continue;
    const interfaces = needed.get(network) ?? 0;
    const forGateway = network.gateway !== undefined && network.egress !== 'none' ? 1 : 0;
    const usable = usableAddresses(network.cidr);
    if (interfaces + forGateway <= usable) continue;
    const wanted = counted(interfaces, 'interface') + (forGateway ? ' and the gateway' : '');
    yield {
      code: 'network.too_small',
      path: ['networks', network.index, 'cidr'],
      message: `${formatCidr(network.cidr)} has ${usable} usable addresses for ${wanted}.`,
    };
  }
};

export const gatewaysLieInside: Rule = function* ({ networks }) {
  for (const { draft, index, cidr, gateway } of networks) {
    if (typeof draft.gateway !== 'string') continue;
    const path: Path = ['networks', index, 'gateway'];
    if (gateway === undefined) {
      yield { code: 'gateway.invalid', path, message: `${quote(draft.gateway)} is not an IPv4 address.` };
    } else if (cidr && !contains(cidr, gateway)) {
      const message = `${formatIpv4(gateway)} does not lie in ${formatCidr(cidr)}.`;
      yield { code: 'gateway.outside_network', path, message };
    } else if (cidr && (gateway === cidr.first || gateway === cidr.last)) {
      const role = gateway === cidr.first ? 'network' : 'broadcast';
      yield {
        code: 'gateway.reserved',
        path,
        message: `${formatIpv4(gateway)} is the ${role} address of the network.`,
      };
    }
  }
};

/** With egress none one node is the gateway; otherwise the site is, and no node may be. */
export const gatewaysHaveOneOwner: Rule = function* ({ networks, nodes, damaged }) {
  const owners = new Map<NetworkView, Path[]>();
  for (const node of nodes) {
    for (const { network, address, index } of node.interfaces) {
      if (!network || address === undefined || address !== network.gateway) continue;
      const path = ['nodes', node.index, 'interfaces', index, 'address'];
      owners.set(network, [...(owners.get(network) ?? []), path].slice(0, 100));
    }
  }
  for (const network of networks) {
    if (network.gateway === undefined || network.egress === undefined) continue;
    const paths = owners.get(network) ?? [];
    const gateway = formatIpv4(network.gateway);
    if (network.egress !== 'none') {
      for (const path of paths) {
        const message = `${gateway} is the gateway of ${nameOf(network)}, which the site provides for its egress.`;
        yield { code: 'gateway.owned_by_site', path, message };
      }
    } else if (paths.length === 0 && !damaged.interfaces && network.name !== undefined) {
      const message = `No node has the address ${gateway} in network ${nameOf(network)}.`;
      yield { code: 'gateway.unowned', path: ['networks', network.index, 'gateway'], message };
    } else {
      for (const path of paths.slice(1)) {
        const message = `Another node has ${gateway}, the gateway of network ${nameOf(network)}, already.`;
        yield { code: 'gateway.several_owners', path, message };
      }
    }
  }
};

function hasCidr(network: NetworkView): network is NetworkView & { cidr: Cidr } {
  return network.cidr !== undefined;
}

function nameOf(network: NetworkView): string {
  return network.name === undefined ? `at index ${network.index}` : quote(network.name);
}
