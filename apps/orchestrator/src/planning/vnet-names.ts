import { randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const SIGNS = `${LETTERS}0123456789`;
/** The most that Proxmox VE takes. */
const LENGTH = 8;

/** Names for VNets, drawn so that two installations on one cluster do not come to the same: `o` and seven signs. */
export function vnetNames(count: number): readonly string[] {
  const names = new Set<string>();
  while (names.size < count) {
    names.add(`o${Array.from({ length: LENGTH - 1 }, () => SIGNS[randomInt(SIGNS.length)]).join('')}`);
  }
  return [...names];
}
