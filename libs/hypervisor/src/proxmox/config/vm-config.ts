import type { OwnershipMark } from '@orion/contracts';
import { parseMark } from '../marks/mark-tags';
import { asAnswer, flagOf, numberOf, textOf, type Answer } from '../transport/answer';
import { parseNic, type Nic } from './nic';
import { parseProperties } from './property-string';

const CLOUD_INIT_VOLUME = /^[^:,]+:(\d+\/)?(vm-\d+-)?cloudinit(\.\w+)?(,|$)/;
const DISK_KEY = /^(scsi|virtio|sata|ide)\d+$/;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A VM's configuration as `GET config` answers it: pending values count as present. */
export class VmConfig {
  constructor(readonly values: Answer) {}

  static of(answer: unknown): VmConfig {
    return new VmConfig(asAnswer(answer));
  }

  text(key: string): string | undefined {
    return textOf(this.values, key);
  }
  get digest(): string {
    return this.text('digest') ?? '';
  }
  get name(): string {
    return this.text('name') ?? '';
  }
  get tags(): string | undefined {
    return this.text('tags');
  }
  get description(): string | undefined {
    return this.text('description');
  }
  get lock(): string | undefined {
    return this.text('lock');
  }
  get template(): boolean {
    return flagOf(this.values, 'template');
  }
  get protected(): boolean {
    return flagOf(this.values, 'protection');
  }
  get parentSnapshot(): string | undefined {
    return this.text('parent');
  }
  get mark(): OwnershipMark | undefined {
    return parseMark(this.tags);
  }
  get cpus(): number {
    return (numberOf(this.values, 'cores') ?? 1) * (numberOf(this.values, 'sockets') ?? 1);
  }
  get memoryMiB(): number {
    const memory = parseProperties(this.text('memory') ?? '512', 'current');
    return Number(memory.get('current') ?? 512);
  }
  get agentEnabled(): boolean {
    const agent = parseProperties(this.text('agent') ?? '0', 'enabled');
    return agent.get('enabled') === '1';
  }

  /** NIC values by their number, in ascending order. */
  get netValues(): ReadonlyMap<number, string> {
    const found = Object.keys(this.values).flatMap((key) => {
      const index = /^net(\d+)$/.exec(key)?.[1];
      return index === undefined ? [] : [[Number(index), this.text(key) ?? ''] as const];
    });
    return new Map(found.sort(([a], [b]) => a - b));
  }
  get nics(): readonly Nic[] {
    return [...this.netValues.values()].flatMap((value) => parseNic(value) ?? []);
  }

  get hasCloudInitDrive(): boolean {
    return this.drives.some(({ value }) => CLOUD_INIT_VOLUME.test(value));
  }

  /** The disk that the VM boots from, else the first one; undefined for a VM without disks. */
  get firstDisk(): { readonly key: string; readonly bytes: number } | undefined {
    const order =
      parseProperties(this.text('boot') ?? '')
        .get('order')
        ?.split(';') ?? [];
    const disks = this.drives.filter(({ value }) => !/media=cdrom/.test(value) && !CLOUD_INIT_VOLUME.test(value));
    const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
    const [first] = disks.sort((a, b) => rank(a.key) - rank(b.key) || diskRank(a.key) - diskRank(b.key));
    return first && { key: first.key, bytes: bytesOf(parseProperties(first.value).get('size') ?? '') };
  }
  /** The disks that hold data, by device. */
  get disks(): readonly { readonly key: string; readonly volume: string; readonly bytes: number }[] {
    return this.drives
      .filter(({ value }) => !/media=cdrom/.test(value) && !CLOUD_INIT_VOLUME.test(value))
      .map(({ key, value }) => ({
        key,
        volume: value.split(',')[0] ?? '',
        bytes: bytesOf(parseProperties(value).get('size') ?? ''),
      }))
      .sort((a, b) => diskRank(a.key) - diskRank(b.key));
  }
  /** Volumes of the disks, as `local:900/base-900-disk-0.qcow2`. */
  get volumes(): readonly string[] {
    const disks = this.drives.filter(({ value }) => !/media=cdrom/.test(value) && !CLOUD_INIT_VOLUME.test(value));
    return disks.map(({ value }) => value.split(',')[0] ?? '');
  }

  private get drives(): { readonly key: string; readonly value: string }[] {
    return Object.keys(this.values)
      .filter((key) => DISK_KEY.test(key))
      .map((key) => ({ key, value: this.text(key) ?? '' }));
  }
}

/** `96M`, `32G`, `1.5T` in bytes; 0 when it is no size. */
export function bytesOf(size: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size.trim()) ?? [];
  return number === undefined ? 0 : Number(number) * (UNITS[unit ?? ''] ?? 0);
}

function diskRank(key: string): number {
  const bus = ['scsi', 'virtio', 'sata', 'ide'].findIndex((name) => key.startsWith(name));
  return bus * 100 + Number(/\d+$/.exec(key)?.[0] ?? 0);
}
