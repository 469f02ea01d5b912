import { nicsOf, type Vm } from '../vms/vm';

const NO_TRAFFIC = {
  'rx-bytes': 0,
  'rx-dropped': 0,
  'rx-errs': 0,
  'rx-packets': 0,
  'tx-bytes': 0,
  'tx-dropped': 0,
  'tx-errs': 0,
  'tx-packets': 0,
};

interface Address {
  readonly 'ip-address': string;
  readonly 'ip-address-type': 'ipv4' | 'ipv6';
  readonly prefix: number;
}

function addressOf(cidr: string): Address {
  const [ip = '', prefix] = cidr.split('/');
  const isV6 = ip.includes(':');
  return {
    'ip-address': ip,
    'ip-address-type': isV6 ? 'ipv6' : 'ipv4',
    prefix: Number(prefix ?? (isV6 ? 64 : 24)),
  };
}

interface Interface {
  readonly name: string;
  readonly 'hardware-address': string;
  readonly 'ip-addresses': readonly Address[];
  readonly statistics: typeof NO_TRAFFIC;
}

/** What the guest's agent tells of its interfaces: addresses from cloud-init, or set by hand, else a link-local one. */
export function interfacesOf(vm: Vm): Interface[] {
  const loopback = {
    name: 'lo',
    'hardware-address': '00:00:00:00:00:00',
    'ip-addresses': [addressOf('127.0.0.1/8'), addressOf('::1/128')],
    statistics: NO_TRAFFIC,
  };
  const nics = nicsOf(vm.config).map(({ key, properties }) => {
    const mac = (properties['macaddr'] ?? '').toLowerCase();
    const name = `eth${key.slice(3)}`;
    return {
      name,
      'hardware-address': mac,
      'ip-addresses': addressesOf(vm, key, mac).map(addressOf),
      statistics: NO_TRAFFIC,
    };
  });
  return [loopback, ...nics];
}

function addressesOf(vm: Vm, nic: string, mac: string): string[] {
  const byHand = vm.guest.addresses?.[nic];
  if (byHand !== undefined) return byHand;
  const configured = String(vm.config[`ipconfig${nic.slice(3)}`] ?? '');
  const found: string[] = [];
  for (const part of configured.split(',')) {
    const [key, value = ''] = part.split('=');
    if ((key === 'ip' || key === 'ip6') && /[.:]/.test(value)) found.push(value);
    else if (key === 'ip' && value === 'dhcp') found.push(leaseOf(mac));
  }
  return [...found, linkLocal(mac)];
}

/** A lease that depends on the address of the card alone. */
function leaseOf(mac: string): string {
  const [, , , , third = '0', fourth = '0'] = mac.split(':');
  return `10.255.${parseInt(third, 16)}.${Math.max(2, parseInt(fourth, 16) % 254)}/16`;
}

function linkLocal(mac: string): string {
  const bytes = mac.split(':').map((part) => parseInt(part, 16));
  if (bytes.length !== 6) return 'fe80::1/64';
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}/64`;
}
