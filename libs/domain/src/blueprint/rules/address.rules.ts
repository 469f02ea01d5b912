import { contains, formatCidr, formatIpv4, looksLikeIpv6 } from '../ipv4';
import type { NetworkView } from '../blueprint-view';
import type { Path } from '../problems';
import { quote } from '../wording';
import type { Rule } from './rule';

export const addressesLieInside: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    for (const { draft, address, network, index } of node.interfaces) {
      if (typeof draft.address !== 'string') continue;
      const path: Path = ['nodes', node.index, 'interfaces', index, 'address'];
      const cidr = network?.cidr;
      if (address === undefined) {
        if (looksLikeIpv6(draft.address)) {
          yield { code: 'address.ipv6_unsupported', path, message: `${quote(draft.address)} is an IPv6 address.` };
        } else {
          yield { code: 'address.invalid', path, message: `${quote(draft.address)} is not an IPv4 address.` };
        }
      } else if (cidr && !contains(cidr, address)) {
        const message = `${formatIpv4(address)} does not lie in ${formatCidr(cidr)} of network ${quote(network.name ?? '')}.`;
        yield { code: 'address.outside_network', path, message };
      } else if (cidr && (address === cidr.first || address === cidr.last)) {
        const role = address === cidr.first ? 'network' : 'broadcast';
        yield {
          code: 'address.reserved',
          path,
          message: `${formatIpv4(address)} is the ${role} address of its network.`,
        };
      }
      if (node.count > 1) {
        const message = `${node.count} nodes cannot all have the address ${quote(draft.address)}.`;
        yield { code: 'address.with_count', path, message };
      }
    }
  }
};

/** Gateways are left to their own rule. */
export const addressesDiffer: Rule = function* ({ nodes }) {
  const taken = new Map<NetworkView, Map<number, string>>();
  for (const node of nodes) {
    for (const { network, address, index } of node.interfaces) {
      if (!network || address === undefined || address === network.gateway) continue;
      let owners = taken.get(network);
      if (!owners) taken.set(network, (owners = new Map<number, string>()));
      const owner = owners.get(address);
      if (owner === undefined) {
        owners.set(address, node.name ?? '');
        continue;
      }
      yield {
        code: 'address.duplicate',
        path: ['nodes', node.index, 'interfaces', index, 'address'],
        message: `${formatIpv4(address)} belongs to node ${quote(owner)} already.`,
      };
    }
  }
};

export const macsDiffer: Rule = function* ({ nodes }) {
  const taken = new Set<string>();
  for (const node of nodes) {
    for (const { draft, index } of node.interfaces) {
      if (typeof draft.mac !== 'string') continue;
      const path: Path = ['nodes', node.index, 'interfaces', index, 'mac'];
      const mac = draft.mac.toUpperCase();
      const shown = quote(mac);
      if (taken.has(mac)) yield { code: 'mac.duplicate', path, message: `Another interface has ${shown} already.` };
      taken.add(mac);
      if (/^[0-9A-F][13579BDF]:/.test(mac)) {
        yield { code: 'mac.multicast', path, message: `${shown} addresses a group, not one interface.` };
      }
      if (node.count > 1) {
        yield {
          code: 'mac.with_count',
          path,
          message: `${node.count} nodes cannot all have the MAC address ${shown}.`,
        };
      }
    }
  }
};
