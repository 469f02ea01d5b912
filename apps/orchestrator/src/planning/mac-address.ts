import { createHash } from 'node:crypto';

/** Whose interface it is. A range that is deployed again under its name gets the same addresses. */
export interface InterfaceName {
  readonly installation: string;
  readonly tenantId: string;
  readonly range: string;
  readonly node: string;
  /** Position among the node's interfaces, from 0. */
  readonly index: number;
}

/** A locally administered unicast address, the same for the same interface. Upper case, colons. */
export function macAddressOf({ installation, tenantId, range, node, index }: InterfaceName): string {
  const hash = createHash('sha256').update([installation, tenantId, range, node, index].join('\n')).digest();
  const bytes = [...hash.subarray(0, 6)];
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}
