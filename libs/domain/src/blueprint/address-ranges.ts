import { overlaps, readCidr, type Cidr } from './ipv4';

export interface SpecialRange {
  readonly cidr: Cidr;
  readonly meaning: string;
}

function range(text: string, meaning: string): SpecialRange {
  const reading = readCidr(text);
  if (reading.kind !== 'cidr') throw new Error(`${text} is not a CIDR.`);
  return { cidr: reading.cidr, meaning };
}

/** Ranges in which no node can have an address. IANA IPv4 Special-Purpose Address Registry, RFC 1112. */
const UNUSABLE: readonly SpecialRange[] = [
  range('0.0.0.0/8', 'addresses of "this network"'),
  range('127.0.0.0/8', 'loopback addresses'),
  range('169.254.0.0/16', 'link-local addresses'),
  range('224.0.0.0/4', 'multicast addresses'),
  range('240.0.0.0/4', 'reserved addresses'),
];

/** Ranges that nobody routes in public: RFC 1918, RFC 6598, RFC 5737, RFC 2544. */
const NOT_PUBLIC: readonly SpecialRange[] = [
  range('10.0.0.0/8', 'private'),
  range('172.16.0.0/12', 'private'),
  range('192.168.0.0/16', 'private'),
  range('100.64.0.0/10', 'shared'),
  range('192.0.2.0/24', 'documentation'),
  range('198.51.100.0/24', 'documentation'),
  range('203.0.113.0/24', 'documentation'),
  range('198.18.0.0/15', 'benchmarks'),
];

/** The range that makes `cidr` unusable for nodes; undefined when there is none. */
export function unusableRange(cidr: Cidr): SpecialRange | undefined {
  return UNUSABLE.find((special) => overlaps(special.cidr, cidr));
}

/** True when some address of `cidr` belongs to somebody on the public Internet. */
export function reachesPublicSpace(cidr: Cidr): boolean {
  return !NOT_PUBLIC.some(({ cidr: own }) => own.first <= cidr.first && cidr.last <= own.last);
}
