import { boolean, bridgeId, integer, oneOf, required, text, unicastMac } from '../http/formats';
import type { PropertyFormat } from '../http/property-string';

const NIC_MODELS = [
  ...['e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'i82551', 'i82557b', 'i82559er'],
  ...['ne2k_isa', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio', 'vmxnet3'],
];

export const NET_FORMAT: PropertyFormat = {
  defaultKey: 'model',
  keyAlias: { keys: NIC_MODELS, keyField: 'model', valueField: 'macaddr' },
  fields: {
    model: required(oneOf(...NIC_MODELS)),
    macaddr: text({ format: unicastMac }),
    bridge: text({ format: bridgeId }),
    firewall: boolean,
    link_down: boolean,
    mtu: integer(1, 65520),
    queues: integer(0, 64),
    rate: { type: 'number', minimum: 0 },
    tag: integer(1, 4094),
    trunks: text(),
  },
};

export const MEMORY_FORMAT: PropertyFormat = { defaultKey: 'current', fields: { current: required(integer(16)) } };

export const AGENT_FORMAT: PropertyFormat = {
  defaultKey: 'enabled',
  fields: {
    enabled: required(boolean),
    fstrim_cloned_disks: boolean,
    'freeze-fs-on-backup': boolean,
    type: oneOf('virtio', 'isa'),
  },
};

const network = (version: 4 | 6) => (value: string) => {
  const words = version === 4 ? ['dhcp'] : ['dhcp', 'auto'];
  const form = version === 4 ? /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/ : /^[0-9a-fA-F:.]+\/\d{1,3}$/;
  return words.includes(value) || form.test(value)
    ? undefined
    : `value does not look like a valid ipv${version} network configuration`;
};

const address = (value: string) =>
  /^[0-9a-fA-F:.]+(?:\/\d+)?$|^(?:dhcp|auto)$/.test(value) ? undefined : 'value does not look like a valid IP address';

export const IPCONFIG_FORMAT: PropertyFormat = {
  requires: { gw: 'ip', gw6: 'ip6' },
  fields: {
    ip: text({ format: network(4) }),
    gw: text({ format: address }),
    ip6: text({ format: network(6) }),
    gw6: text({ format: address }),
  },
};

const DRIVE_OPTIONS = [
  ...[
    'aio',
    'backup',
    'bps',
    'cache',
    'detect_zeroes',
    'discard',
    'efitype',
    'format',
    'import-from',
    'iops',
    'iothread',
  ],
  ...['media', 'ms-cert', 'mbps', 'mbps_rd', 'mbps_wr', 'pre-enrolled-keys', 'product', 'queues', 'replicate', 'ro'],
  ...['rerror', 'scsiblock', 'serial', 'shared', 'size', 'snapshot', 'ssd', 'vendor', 'version', 'werror', 'wwn'],
];

export const DRIVE_FORMAT: PropertyFormat = {
  defaultKey: 'file',
  fields: { file: required(text()), ...Object.fromEntries(DRIVE_OPTIONS.map((name) => [name, text()])) },
};
