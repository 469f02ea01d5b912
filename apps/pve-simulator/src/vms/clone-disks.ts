import type { Parameters } from '../http/parameters';
import { died } from '../http/pve-error';
import type { Sim } from '../sim';
import type { TaskRun } from '../tasks/task-manager';
import { Interrupted } from '../timing/time';
import { formatSize, type Disk, type VmConfig } from './vm';
import { withStorageLock, withStorageSlot } from './vm-lock';
import { dataDisks, diskValue, linkedVolumeName, contentBytes, volumeName } from './volumes';
import { plainText } from '../http/values';

const GIB = 1024 ** 3;
const CLOUD_INIT_BYTES = 4 * 1024 * 1024;

interface DiskClone {
  readonly newId: number;
  readonly full: boolean;
  readonly storage?: string;
  readonly params: Parameters;
  readonly config: VmConfig;
}

/** Copies or links every disk, one after the other. Answers the new drive options by key. */
export async function cloneDisks(sim: Sim, host: string, clone: DiskClone, run: TaskRun): Promise<VmConfig> {
  const drives: VmConfig = {};
  let number = 0;
  for (const disk of allDisks(clone.config)) {
    const storage = clone.storage ?? disk.storage;
    await withStorageSlot(sim, storage, async () => {
      drives[disk.key] = await cloneDisk(sim, host, clone, disk, storage, number, run);
    });
    if (!disk.isCloudInit) number += 1;
  }
  if (number === 0) await run.wait(sim.profile.linkedClone);
  return drives;
}

function allDisks(config: VmConfig): Disk[] {
  return Object.keys(config).length === 0 ? [] : [...dataDisks(config), ...cloudInitDrives(config)];
}

async function cloneDisk(
  sim: Sim,
  host: string,
  clone: DiskClone,
  disk: Disk,
  storage: string,
  number: number,
  run: TaskRun,
): Promise<string> {
  const rest = optionsOf(clone.config, disk);
  if (disk.isCloudInit) {
    run.log(`create full clone of drive ${disk.key} (${disk.volid})`);
    await withStorageLock(sim, host, storage, run, () => run.wait(sim.profile.storageLocked / 2));
    return diskValue(storage, volumeName(sim, storage, clone.newId, 0, 'cloudinit'), CLOUD_INIT_BYTES, rest);
  }
  const volume = clone.full
    ? volumeName(sim, storage, clone.newId, number)
    : linkedVolumeName(sim, disk, clone.newId, number);
  run.log(`create ${clone.full ? 'full' : 'linked'} clone of drive ${disk.key} (${disk.volid})`);
  await withStorageLock(sim, host, storage, run, async () => {
    run.log(allocation(clone, disk, volume, storage));
    await run.wait(sim.profile.storageLocked);
  });
  if (clone.full) await copy(sim, clone, disk, run);
  else await run.wait(sim.profile.linkedClone - sim.profile.storageLocked);
  return diskValue(storage, volume, disk.sizeBytes, rest);
}

function allocation(clone: DiskClone, disk: Disk, volume: string, storage: string): string {
  if (clone.full) return `allocated target volume '${storage}:${volume}'`;
  const own = volume.split('/').pop() ?? volume;
  return `clone ${disk.volume}: images, ${own}, ${clone.newId} to ${own} (base=../${disk.volume})`;
}

/** A full copy takes its time per GiB, or as long as the bandwidth limit (KiB/s) makes it. */
async function copy(sim: Sim, clone: DiskClone, disk: Disk, run: TaskRun): Promise<void> {
  const { profile } = sim;
  const limit = Number(clone.params['bwlimit'] ?? 0);
  const natural = profile.fullClone - profile.storageLocked + (disk.sizeBytes / GIB) * profile.fullClonePerGiB;
  const limited = limit > 0 ? (contentBytes(disk) / (limit * 1024)) * 1000 : 0;
  const total = Math.max(natural, limited);
  const size = formatSize(disk.sizeBytes);
  for (const part of [0, 0.25, 0.5, 0.75]) {
    run.log(`transferred ${formatSize(Math.floor(disk.sizeBytes * part))} of ${size} (${(part * 100).toFixed(2)}%)`);
    await run.wait(total / 4).catch((error: unknown) => {
      if (error instanceof Interrupted && error.reason === 'received interrupt') throw died(broken(clone, disk));
      throw error;
    });
  }
  run.log(`transferred ${size} of ${size} (100.00%)`);
}

/** An aborted copy names the command that the signal ended. */
function broken(clone: DiskClone, disk: Disk): string {
  const rate = clone.params['bwlimit'] === undefined ? '' : ` -r ${plainText(clone.params['bwlimit'])}K`;
  const images = `/var/lib/${disk.storage}/images`;
  const target = `zeroinit:/var/lib/${clone.storage ?? disk.storage}/images/${clone.newId}/vm-${clone.newId}-disk-0.qcow2`;
  const command = `/usr/bin/qemu-img convert -p -n${rate} -f qcow2 -O qcow2 ${images}/${disk.volume} ${target}`;
  return `copy failed: command '${command}' failed: interrupted by signal`;
}

function optionsOf(config: VmConfig, disk: Disk): string {
  const others = String(config[disk.key])
    .split(',')
    .slice(1)
    .filter((part) => !part.startsWith('size='));
  return others.length === 0 ? '' : `,${others.join(',')}`;
}

function cloudInitDrives(config: VmConfig): Disk[] {
  return Object.entries(config)
    .filter(([key, value]) => /^(?:ide|sata|scsi)\d+$/.test(key) && String(value).includes('cloudinit'))
    .map(([key, value]) => {
      const volid = String(value).split(',')[0] ?? '';
      const [storage = '', volume = ''] = volid.split(':');
      return { key, volid, storage, volume, sizeBytes: CLOUD_INIT_BYTES, isCdrom: true, isCloudInit: true };
    });
}
