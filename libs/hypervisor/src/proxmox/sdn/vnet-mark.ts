import type { VnetMark } from '@orion/contracts';

const SENTINEL = 'orion-range';
/** Signs that an alias of Proxmox VE takes and that cannot be mistaken for the separator. */
const PART = /^[\w.-]+$/;

/** The alias of a VNet that was made for a network of a range: who made it, for which range, under which name. */
export function vnetAlias({ installation, rangeId, network }: VnetMark): string {
  return [SENTINEL, installation.toLowerCase(), rangeId.toLowerCase(), network].join('/');
}

/** The mark of some installation; undefined for any other alias. */
export function parseVnetAlias(alias: string | undefined): VnetMark | undefined {
  const [sentinel, installation, rangeId, network, ...more] = (alias ?? '').trim().split('/');
  if (sentinel !== SENTINEL || more.length > 0) return undefined;
  if (installation === undefined || rangeId === undefined || network === undefined) return undefined;
  if (![installation, rangeId, network].every((part) => PART.test(part))) return undefined;
  return { installation, rangeId, network };
}

export function sameVnetMark(a: VnetMark | undefined, b: VnetMark): boolean {
  return a !== undefined && vnetAlias(a).toLowerCase() === vnetAlias(b).toLowerCase();
}
