import type { NicSpec } from '@orion/contracts';
import { formatProperties, parseProperties, sameProperties, type Properties } from './property-string';

export interface Nic {
  readonly model: string;
  readonly mac?: string;
  readonly bridge: string;
  readonly vlanTag?: number;
  /** Everything else of the value, such as `firewall=1`. */
  readonly others: Properties;
}

const OWN_KEYS = new Set(['model', 'macaddr', 'bridge', 'tag']);
/** Whether a NIC obeys the firewall of its VM. */
const FIREWALL = 'firewall';
const MTU_OF_BRIDGE = ['mtu', '1'] as const;
/** A NIC that stays connected to more than its network, or to nothing, is not what was asked for. */
const DROPPED = new Set(['trunks', 'link_down']);
const MAC = /^([\dA-F]{2}:){5}[\dA-F]{2}$/i;

/** Reads a `netN` value; undefined when it names no bridge. */
export function parseNic(text: string): Nic | undefined {
  const properties = parseProperties(text, 'model');
  const byModel = [...properties].find(([key, value]) => !OWN_KEYS.has(key) && MAC.test(value));
  const model = byModel?.[0] ?? properties.get('model');
  const mac = byModel?.[1] ?? properties.get('macaddr');
  const bridge = properties.get('bridge');
  if (model === undefined || bridge === undefined) return undefined;
  const tag = properties.get('tag');
  return {
    model,
    ...(mac === undefined ? {} : { mac: mac.toUpperCase() }),
    bridge,
    ...(tag === undefined ? {} : { vlanTag: Number(tag) }),
    others: new Map([...properties].filter(([key]) => !OWN_KEYS.has(key) && key !== byModel?.[0])),
  };
}

/**
 * The `netN` value that a NIC needs: MAC, bridge and tag of the specification, model and side settings of `present`, and that
 * it obeys the firewall. Without a tag it hangs on a VNet, whose frames may be smaller: a NIC that can tells the guest.
 * Undefined when the present value already says so.
 */
export function changedNic(present: string | undefined, spec: NicSpec, modelElse: string): string | undefined {
  const nic = present === undefined ? undefined : parseNic(present);
  const model = nic?.model ?? modelElse;
  const mtuOfVnet = spec.vlanTag === undefined && model === 'virtio' && nic?.others.has('mtu') !== true;
  const wanted = new Map([
    [model, spec.mac.toUpperCase()],
    ['bridge', spec.bridge],
    ...(spec.vlanTag === undefined ? [] : [['tag', String(spec.vlanTag)] as const]),
    ...[...(nic?.others ?? [])].filter(([key]) => !DROPPED.has(key) && key !== FIREWALL),
    [FIREWALL, '1'],
    ...(mtuOfVnet ? [MTU_OF_BRIDGE] : []),
  ]);
  const same = present !== undefined && sameProperties(parseProperties(present, 'model'), wanted);
  return same ? undefined : formatProperties(wanted);
}
