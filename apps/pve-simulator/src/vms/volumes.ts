import { died } from '../http/pve-error';
import type { Sim } from '../sim';
import { disksOf, formatSize, type Disk, type Vm, type VmConfig } from './vm';

/** Names volumes as each storage type does, and knows what a type can. */

const isFileBased = (type: string) => type === 'dir' || type === 'nfs';

export function volumeName(sim: Sim, storage: string, vmid: number, number: number, kind = 'disk'): string {
  const { type } = sim.cluster.storage(storage);
  const plain = kind === 'disk' ? `vm-${vmid}-disk-${number}` : `vm-${vmid}-cloudinit`;
  return isFileBased(type) ? `${vmid}/${plain}.qcow2` : plain;
}

/** The volume of a linked clone: file and ZFS storages name its base. */
export function linkedVolumeName(sim: Sim, base: Disk, vmid: number, number: number): string {
  const { type } = sim.cluster.storage(base.storage);
  const own = volumeName(sim, base.storage, vmid, number);
  if (isFileBased(type) || type === 'zfspool' || type === 'rbd') return `${base.volume}/${own}`;
  return own;
}

/** The volume that a disk becomes when its VM becomes a template. */
export function baseVolumeName(disk: Disk): string {
  return disk.volume.replace(/^.*\/(?=\d+\/)/, '').replace(/vm-(\d+)-disk/, 'base-$1-disk');
}

export function diskValue(storage: string, volume: string, sizeBytes: number, rest = ''): string {
  return `${storage}:${volume}${rest},size=${formatSize(sizeBytes)}`;
}

export function isBase(disk: Disk): boolean {
  return /(?:^|\/)base-\d+-disk-\d+(?:\.\w+)?$/.test(disk.volume);
}

/** Fails while another VM's disk is a linked clone of one of these. */
export function checkNoLinkedClones(sim: Sim, vm: Vm): void {
  for (const disk of disksOf(vm.config)) {
    if (!isBase(disk)) continue;
    const prefix = `${disk.volid}/`;
    const used = sim.vms
      .list()
      .some((other) => other !== vm && configsOf(other).some((config) => uses(config, prefix)));
    if (used) throw died(`base volume '${disk.volid}' is still in use by linked cloned`);
  }
}

function configsOf(vm: Vm): VmConfig[] {
  return [vm.config, ...[...vm.snapshots.values()].map((snapshot) => snapshot.config)];
}

function uses(config: VmConfig, prefix: string): boolean {
  return disksOf(config).some((disk) => disk.volid.startsWith(prefix));
}

/** Disks that a snapshot or a clone copies. */
export function dataDisks(config: VmConfig): Disk[] {
  return disksOf(config).filter((disk) => !disk.isCdrom);
}

export function mainStorage(config: VmConfig): string | undefined {
  return dataDisks(config)[0]?.storage;
}

/** Bytes that a full copy of a disk has to write. */
export function contentBytes(disk: Disk): number {
  return Math.floor(disk.sizeBytes * 0.17);
}

/** Bytes that a disk takes up: linked clones little, others a part of their size. */
export function usedBytes(disk: Disk): number {
  return disk.volume.includes('base-') && !isBase(disk) ? 528_384 : contentBytes(disk);
}

/** Figures are renewed once per real second at most. */
const USAGE_AGE_MS = 1000;
const usages = new WeakMap<Sim, { readonly at: number; readonly used: ReadonlyMap<string, number> }>();

/** Bytes in use by `storage` of the whole cluster and by `storage` on a host. */
function usedByStorage(sim: Sim): ReadonlyMap<string, number> {
  const known = usages.get(sim);
  if (known !== undefined && sim.time.now() - known.at < USAGE_AGE_MS) return known.used;
  const used = new Map<string, number>();
  for (const vm of sim.vms.list()) {
    for (const disk of disksOf(vm.config)) {
      for (const place of [disk.storage, `${vm.host}/${disk.storage}`]) {
        used.set(place, (used.get(place) ?? 0) + usedBytes(disk));
      }
    }
  }
  usages.set(sim, { at: sim.time.now(), used });
  return used;
}

const OWN_BYTES = 2 * 1024 ** 3;

export function usageOfStorage(
  sim: Sim,
  storage: string,
  host: string,
): { total: number; used: number; avail: number } {
  const spec = sim.cluster.storage(storage);
  const total = spec.capacityGiB * 1024 ** 3;
  const place = spec.shared === true ? storage : `${host}/${storage}`;
  const used = Math.min(total, OWN_BYTES + (usedByStorage(sim).get(place) ?? 0));
  return { total, used, avail: total - used };
}
