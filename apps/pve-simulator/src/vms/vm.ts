import { createHash } from 'node:crypto';
import { parseProperties } from '../http/property-string';
import { DRIVE_FORMAT, NET_FORMAT } from './config-formats';

/** Numbers for the options whose type is integer or boolean, strings for all others (`memory` and `agent` too). */
export type VmConfig = Record<string, string | number>;

export interface Snapshot {
  readonly config: VmConfig;
  readonly snaptime: number;
  readonly vmstate: boolean;
  /** The guest's own time in the memory that was kept. */
  readonly guestTimeMs?: number;
  /** What the guest's disk held. */
  readonly files: Readonly<Record<string, string>>;
  parent?: string;
  description?: string;
}

/** The state of the QEMU process and of the guest in it. */
export interface Running {
  readonly pid: number;
  readonly startedAt: number;
  /** When the guest agent begins to answer. */
  bootedAt: number;
  paused: boolean;
  pausedAt?: number;
  /** How far the guest's clock is behind. */
  clockLagMs: number;
  /** Whether the agent's device existed when the process started: `undefined` when the option was absent. */
  readonly agent: boolean | undefined;
}

export interface FirewallState {
  options: Record<string, string | number>;
  rules: Record<string, string | number>[];
}

/** How the simulated guest behaves; changed by hand over the admin endpoint. */
export interface GuestBehaviour {
  /** Ignores shutdown requests. */
  deaf?: boolean;
  /** The agent never answers. */
  agentDead?: boolean;
  /** Answers instead of what the configuration tells, per NIC name. */
  addresses?: Record<string, string[]>;
  /** TCP ports it listens on, instead of the usual one. */
  ports?: number[];
  /** Services that are not active, each with its state; all others are. */
  services?: Record<string, string>;
  /** Programs it knows in addition: name to the answer. */
  programs?: Record<string, { stdout?: string; stderr?: string; exitCode?: number }>;
}

export interface Vm {
  readonly vmid: number;
  host: string;
  config: VmConfig;
  /** `null` marks a pending removal. */
  pending: Record<string, string | number | null>;
  readonly snapshots: Map<string, Snapshot>;
  running?: Running;
  readonly firewall: FirewallState;
  readonly guest: GuestBehaviour;
  /** Files on the guest's disk. */
  files: Record<string, string>;
}

export function newVm(vmid: number, host: string, config: VmConfig): Vm {
  return {
    vmid,
    host,
    config,
    pending: {},
    snapshots: new Map(),
    firewall: { options: {}, rules: [] },
    guest: {},
    files: {},
  };
}

export const isTemplate = (vm: Vm) => vm.config['template'] === 1;
export const statusOf = (vm: Vm) => (vm.running === undefined ? 'stopped' : 'running');
export const nameOf = (vm: Vm) => String(vm.config['name'] ?? `VM ${vm.vmid}`);

/** SHA-1 over everything that the configuration file holds. */
export function digestOf(vm: Vm): string {
  const snapshots = [...vm.snapshots].map(([name, { config, ...rest }]) => [name, sorted(config), rest]);
  const text = JSON.stringify([sorted(vm.config), sorted(vm.pending), snapshots]);
  return createHash('sha1').update(text).digest('hex');
}

function sorted(config: Record<string, string | number | null>): [string, string | number | null][] {
  return Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The configuration with the pending changes in it. */
export function withPending(vm: Vm): VmConfig {
  const merged: VmConfig = { ...vm.config };
  for (const [key, value] of Object.entries(vm.pending)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = value;
  }
  return merged;
}

export function applyPending(vm: Vm): void {
  vm.config = withPending(vm);
  vm.pending = {};
}

export const DISK_KEY = /^(?:scsi\d+|virtio\d+|sata\d+|ide[0-3]|efidisk0|tpmstate0)$/;
export const NET_KEY = /^net\d+$/;

export interface Disk {
  readonly key: string;
  readonly storage: string;
  readonly volume: string;
  readonly volid: string;
  readonly sizeBytes: number;
  readonly isCdrom: boolean;
  readonly isCloudInit: boolean;
}

export function disksOf(config: VmConfig): Disk[] {
  return Object.entries(config)
    .filter(([key]) => DISK_KEY.test(key))
    .map(([key, value]) => knownDisk(key, String(value)))
    .filter((disk): disk is Disk => disk !== undefined);
}

/** Lists ask for the same drives over and over: parsed ones are kept, up to a number. */
const parsedDisks = new Map<string, Disk | undefined>();
const KEPT_DISKS = 20_000;

function knownDisk(key: string, value: string): Disk | undefined {
  const name = `${key}=${value}`;
  if (parsedDisks.has(name)) return parsedDisks.get(name);
  if (parsedDisks.size >= KEPT_DISKS) parsedDisks.clear();
  const disk = parseDisk(key, value);
  parsedDisks.set(name, disk);
  return disk;
}

function parseDisk(key: string, value: string): Disk | undefined {
  const properties = parseProperties(DRIVE_FORMAT, value);
  const volid = properties['file'] ?? '';
  const at = volid.indexOf(':');
  if (at < 0) return undefined;
  return {
    key,
    volid,
    storage: volid.slice(0, at),
    volume: volid.slice(at + 1),
    sizeBytes: parseSize(properties['size'] ?? '0'),
    isCdrom: properties['media'] === 'cdrom',
    isCloudInit: volid.includes('cloudinit'),
  };
}

const UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  return match === null ? 0 : Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1));
}

export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const factor = UNITS[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

interface Nic {
  readonly key: string;
  readonly properties: Record<string, string>;
}

export function nicsOf(config: VmConfig): Nic[] {
  return Object.entries(config)
    .filter(([key]) => NET_KEY.test(key))
    .map(([key, value]) => ({ key, properties: parseProperties(NET_FORMAT, String(value)) }));
}

/** Model and address first, then the other keys in order. */
export function printNic(properties: Record<string, string>): string {
  const { model = 'virtio', macaddr, ...rest } = properties;
  const others = Object.keys(rest)
    .sort()
    .map((key) => `${key}=${rest[key]}`);
  return [macaddr === undefined ? model : `${model}=${macaddr}`, ...others].join(',');
}

export function memoryMiB(config: VmConfig): number {
  return Number(/^(?:current=)?(\d+)/.exec(String(config['memory'] ?? '512'))?.[1] ?? 512);
}

export function cpusOf(config: VmConfig): number {
  return Number(config['cores'] ?? 1) * Number(config['sockets'] ?? 1);
}

/** `undefined` without the option, else whether it is enabled. */
export function agentOption(config: VmConfig): boolean | undefined {
  const option = config['agent'];
  if (option === undefined) return undefined;
  return /^(?:enabled=)?1/.test(String(option)) || /(?:^|,)enabled=1/.test(String(option));
}
