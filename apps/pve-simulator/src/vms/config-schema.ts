import {
  boolean,
  digest,
  dnsName,
  integer,
  list,
  oneOf,
  snapshotName,
  tagList,
  text,
  urlEncoded,
  vmId,
} from '../http/formats';
import type { ParameterRule, ParameterSchema } from '../http/parameters';
import { propertyViolations, type PropertyFormat } from '../http/property-string';
import { AGENT_FORMAT, DRIVE_FORMAT, IPCONFIG_FORMAT, MEMORY_FORMAT, NET_FORMAT } from './config-formats';

/** Options whose value is stored as a number. */
const FLAGS = [
  'acpi',
  'autostart',
  'ciupgrade',
  'freeze',
  'kvm',
  'localtime',
  'numa',
  'onboot',
  'protection',
  'reboot',
  'tablet',
  'tdf',
  'template',
];

const OSTYPES = [
  'other',
  'wxp',
  'w2k',
  'w2k3',
  'w2k8',
  'wvista',
  'win7',
  'win8',
  'win10',
  'win11',
  'l24',
  'l26',
  'solaris',
];

const property = (name: string, format: PropertyFormat): ParameterRule => ({
  type: 'string',
  format: (value) => propertyViolations(format, name, value),
});

const OPTIONS: Record<string, ParameterRule> = {
  ...Object.fromEntries(FLAGS.map((name) => [name, boolean])),
  affinity: text(),
  agent: property('agent', AGENT_FORMAT),
  arch: oneOf('x86_64', 'aarch64'),
  args: text(),
  audio0: text(),
  balloon: integer(0),
  bios: oneOf('seabios', 'ovmf'),
  boot: text(),
  bootdisk: text(),
  cdrom: text(),
  cicustom: text(),
  cipassword: text(),
  citype: oneOf('configdrive2', 'nocloud', 'opennebula'),
  ciuser: text(),
  cores: integer(1),
  cpu: text(),
  cpulimit: { type: 'number', minimum: 0, maximum: 128 },
  cpuunits: integer(1, 262144),
  description: text({ maxLength: 8192 }),
  efidisk0: property('efidisk0', DRIVE_FORMAT),
  hookscript: text(),
  hotplug: text(),
  hugepages: oneOf('any', '2', '1024'),
  ivshmem: text(),
  keyboard: text(),
  lock: oneOf(
    'backup',
    'clone',
    'create',
    'migrate',
    'rollback',
    'snapshot',
    'snapshot-delete',
    'suspending',
    'suspended',
  ),
  machine: text(),
  memory: property('memory', MEMORY_FORMAT),
  migrate_downtime: { type: 'number', minimum: 0 },
  migrate_speed: integer(0),
  name: text({ format: dnsName }),
  nameserver: list(),
  ostype: oneOf(...OSTYPES),
  rng0: text(),
  scsihw: oneOf('lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'),
  searchdomain: text(),
  shares: integer(0, 50000),
  smbios1: text({ maxLength: 512 }),
  smp: integer(1),
  sockets: integer(1),
  spice_enhancements: text(),
  sshkeys: text({ format: urlEncoded }),
  startdate: text(),
  startup: text(),
  tags: list({ format: tagList }),
  tpmstate0: property('tpmstate0', DRIVE_FORMAT),
  vcpus: integer(1),
  vga: text(),
  vmgenid: text(),
  vmstatestorage: text(),
  watchdog: text(),
};

const INDEXED: readonly {
  readonly key: RegExp;
  readonly limit: number;
  readonly rule: (name: string) => ParameterRule;
}[] = [
  { key: /^net(\d+)$/, limit: 32, rule: (name) => property(name, NET_FORMAT) },
  { key: /^ipconfig(\d+)$/, limit: 32, rule: (name) => property(name, IPCONFIG_FORMAT) },
  { key: /^scsi(\d+)$/, limit: 31, rule: (name) => property(name, DRIVE_FORMAT) },
  { key: /^virtio(\d+)$/, limit: 16, rule: (name) => property(name, DRIVE_FORMAT) },
  { key: /^sata(\d+)$/, limit: 6, rule: (name) => property(name, DRIVE_FORMAT) },
  { key: /^ide(\d+)$/, limit: 4, rule: (name) => property(name, DRIVE_FORMAT) },
  { key: /^unused(\d+)$/, limit: 256, rule: () => text() },
  { key: /^serial(\d+)$/, limit: 4, rule: () => text() },
  { key: /^parallel(\d+)$/, limit: 3, rule: () => text() },
  { key: /^usb(\d+)$/, limit: 14, rule: () => text() },
  { key: /^hostpci(\d+)$/, limit: 16, rule: () => text() },
  { key: /^numa(\d+)$/, limit: 8, rule: () => text() },
  { key: /^virtiofs(\d+)$/, limit: 10, rule: () => text() },
];

function indexedOption(name: string): ParameterRule | undefined {
  for (const { key, limit, rule } of INDEXED) {
    const index = key.exec(name)?.[1];
    if (index !== undefined) return Number(index) < limit ? rule(name) : undefined;
  }
  return undefined;
}

/** Whether a key may be set or deleted in a VM's configuration. */
export function isOption(name: string): boolean {
  return Object.hasOwn(OPTIONS, name) || indexedOption(name) !== undefined;
}

/** Parameters of an update that are not options themselves. */
export const CONTROL = [
  'delete',
  'digest',
  'force',
  'revert',
  'skiplock',
  'background_delay',
  'import-working-storage',
];

const UPDATE: Record<string, ParameterRule> = {
  ...OPTIONS,
  delete: list(),
  digest,
  force: boolean,
  revert: list(),
  skiplock: boolean,
  'import-working-storage': text(),
};

export const PUT_CONFIG: ParameterSchema = { fields: UPDATE, indexed: indexedOption };
export const POST_CONFIG: ParameterSchema = {
  fields: { ...UPDATE, background_delay: integer(1, 30) },
  indexed: indexedOption,
};
export const CREATE_VM: ParameterSchema = {
  fields: {
    ...OPTIONS,
    vmid: { ...vmId, required: true },
    archive: text(),
    force: boolean,
    pool: text(),
    start: boolean,
    storage: text(),
    unique: boolean,
    bwlimit: integer(0),
    'live-restore': boolean,
    'ha-managed': boolean,
    'import-working-storage': text(),
  },
  indexed: indexedOption,
};
export const GET_CONFIG: ParameterSchema = { fields: { current: boolean, snapshot: snapshotName } };
