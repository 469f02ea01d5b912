import { defineConfig } from '@orion/runtime';

/** The variables of both whole platforms that run on one machine: all-in-one, and the stack of processes. */
export const platformConfig = defineConfig({
  ORION_DATA_DIR: {
    type: 'path',
    default: '.orion',
    doc: 'Where a platform on one machine keeps its database, journal, secrets and the first admin key.',
  },
  ORION_HTTP_PORT: { type: 'port', default: 8080, doc: 'Port that the gateway listens on; 0 takes a free one.' },
  ORION_BANNER: {
    type: 'boolean',
    default: true,
    doc: 'Whether to print address, first admin key and what is wrong with SITE_URL for a person to read.',
  },
  ORION_POSTGRES_DURABLE: {
    type: 'boolean',
    default: true,
    doc: 'False only for data that may be lost with the machine, such as that of tests: nothing is forced to disk.',
  },
  ORION_RATE_LIMIT: {
    type: 'integer',
    min: 0,
    max: 1_000_000,
    default: 200,
    doc: 'Requests a second of one API key, or of one address without a key; twice as many at once. 0: no limit.',
  },
  ORION_SIMULATOR_FACTOR: {
    type: 'string',
    pattern: /^\d+(\.\d+)?$/,
    expects: 'a number such as 0.5',
    default: '1',
    doc: 'How long operations of the simulated cluster take, in shares of what they took on a real one.',
  },
  ORION_SIMULATOR_SPEC_FILE: {
    type: 'path',
    doc: 'JSON file that describes the simulated cluster; three hosts unless told.',
  },
  SITE_URL: {
    type: 'url',
    protocols: ['https:'],
    doc: 'A real Proxmox VE to use instead of the simulated cluster, such as `https://pve1.example.net:8006`.',
  },
  SITE_TOKEN: {
    type: 'string',
    secret: true,
    pattern: /^[^=]+![^=]+=.+$/,
    expects: 'an API token as USER@REALM!ID=SECRET',
    doc: 'API token for SITE_URL.',
  },
  SITE_CA: {
    type: 'path',
    doc: 'File with the CA certificate (PEM) of SITE_URL; `/etc/pve/pve-root-ca.pem` on its hosts.',
  },
  SITE_FINGERPRINT: {
    type: 'string',
    pattern: /^([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/,
    expects: 'a SHA-256 fingerprint, 32 hexadecimal pairs with colons',
    doc: 'SHA-256 fingerprint of the certificate of SITE_URL, instead of SITE_CA.',
  },
  SITE_TEMPLATE: {
    type: 'integer',
    min: 100,
    max: 999_999_999,
    default: 9000,
    doc: 'VM id of a small Linux template on SITE_URL.',
  },
  SITE_TEMPLATE_HOST: { type: 'string', default: 'pve1', doc: 'Host of SITE_URL that holds the template.' },
  SITE_STORAGE: {
    type: 'string',
    default: 'local-lvm',
    doc: 'Storage of SITE_URL that holds the disks of the template.',
  },
  SITE_STORAGE_SHARED: { type: 'boolean', default: false, doc: 'Whether every host of SITE_URL reaches that storage.' },
  SITE_NETWORK_MODE: {
    type: 'enum',
    values: ['vlan', 'sdn'],
    default: 'vlan',
    doc: 'How networks of ranges are kept apart: tags on SITE_BRIDGE, or VNets of SITE_SDN_ZONE. Also of the simulated cluster.',
  },
  SITE_BRIDGE: {
    type: 'string',
    default: 'vmbr1',
    doc: 'VLAN-aware bridge of SITE_URL that carries the networks of ranges in the mode `vlan`.',
  },
  SITE_SDN_ZONE: {
    type: 'string',
    pattern: /^[A-Za-z][A-Za-z0-9]{0,6}[A-Za-z0-9]$/,
    expects: 'the name of a zone, two to eight letters and digits',
    default: 'ranges',
    doc: 'VXLAN or VLAN zone that networks of ranges are made in as VNets, in the mode `sdn`.',
  },
  SITE_VLAN_FIRST: {
    type: 'integer',
    min: 1,
    max: 16_777_215,
    default: 100,
    doc: 'First tag that networks of ranges may take, on that bridge or in that zone.',
  },
  SITE_VLAN_LAST: {
    type: 'integer',
    min: 1,
    max: 16_777_215,
    default: 999,
    doc: 'Last tag that networks of ranges may take; above 4094 only in a VXLAN zone.',
  },
  SITE_POOL: { type: 'string', default: 'orion-ranges', doc: 'Resource pool of SITE_URL that VMs are put in.' },
  SITE_VM_ID_FIRST: {
    type: 'integer',
    min: 100,
    max: 999_999_999,
    default: 4000,
    doc: 'First VM id that ranges may take.',
  },
  SITE_VM_ID_LAST: {
    type: 'integer',
    min: 100,
    max: 999_999_999,
    default: 8999,
    doc: 'Last VM id that ranges may take.',
  },
});
