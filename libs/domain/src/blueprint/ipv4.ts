/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = number;

/** A network with its host bits clear. */
export interface Cidr {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly prefix: number;
}

/** A parsed CIDR, or why it is none. `hostBits`: what it would be with its host bits clear. */
export type CidrReading =
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  | { readonly kind: 'hostBits'; readonly cidr: Cidr }
  | { readonly kind: 'ipv6' }
  | { readonly kind: 'malformed' };

const OCTET = '(0|[1-9][0-9]{0,2})';
const ADDRESS = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const PREFIX = /^(0|[1-9][0-9]?)$/;

/** Four decimal numbers, no leading zeros (some systems read those as octal). Undefined when it is anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = ADDRESS.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = Number(match[i]);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

export function formatIpv4(address: Ipv4): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

export function readCidr(text: string): CidrReading {
  const slash = text.indexOf('/');
  if (looksLikeIpv6(text)) return { kind: 'ipv6' };
  if (slash < 0) return { kind: 'malformed' };
  const address = parseIpv4(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (address === undefined || !PREFIX.test(bits) || Number(bits) > 32) return { kind: 'malformed' };
  const cidr = networkOf(address, Number(bits));
  return { kind: cidr.first === address ? 'cidr' : 'hostBits', cidr };
}

/** The network of that prefix length that holds `address`. */
export function networkOf(address: Ipv4, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefix };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4(cidr.first)}/${cidr.prefix}`;
}

export function contains(cidr: Cidr, address: Ipv4): boolean {
  return cidr.first <= address && address <= cidr.last;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Addresses that a node can have: all but those of the network itself and of the broadcast. */
export function usableAddresses(cidr: Cidr): number {
  return Math.max(0, cidr.last - cidr.first - 1);
}

export function looksLikeIpv6(text: string): boolean {
  return text.length <= 64 && /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[^/]*)?(\/[0-9]+)?$/.test(text);
}
