import type { Caller } from '../access/access-control';
import { onlyRoot, requireRight } from '../http/dispatch';
import type { Sim } from '../sim';

const MEMORY = ['memory', 'balloon', 'shares', 'hugepages'];
const CPU = ['cpu', 'cores', 'sockets', 'vcpus', 'cpulimit', 'cpuunits', 'numa', 'smp', 'affinity'];
const OPTIONS = [
  ...[
    'acpi',
    'agent',
    'autostart',
    'bios',
    'boot',
    'bootdisk',
    'description',
    'freeze',
    'hookscript',
    'localtime',
    'name',
  ],
  ...['onboot', 'ostype', 'protection', 'reboot', 'startdate', 'tablet', 'tags', 'tdf', 'template'],
];
const BOOT = ['boot', 'bootdisk'];
const CLOUD_INIT = /^(?:cicustom|cipassword|citype|ciuser|ciupgrade|nameserver|searchdomain|sshkeys|ipconfig\d+)$/;
const DISK = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$/;
const ROOT_ONLY = ['args', 'lock', 'vmgenid', 'hookscript'];

/** What a configuration key needs, beyond the general right to change the configuration. */
export function requireKeyRight(sim: Sim, caller: Caller, vmid: number, key: string, value: string): void {
  const need = (...anyOf: string[]) => requireRight(sim, caller, { path: `/vms/${vmid}`, anyOf });
  if (ROOT_ONLY.includes(key)) return onlyRoot(caller, key);
  if (key === 'startup') return requireRight(sim, caller, { path: '/', anyOf: ['Sys.Modify'] });
  if (CLOUD_INIT.test(key)) return need('VM.Config.Cloudinit', 'VM.Config.Network');
  if (/^net\d+$/.test(key)) return need('VM.Config.Network');
  if (MEMORY.includes(key)) return need('VM.Config.Memory');
  if (CPU.includes(key) || /^numa\d+$/.test(key)) return need('VM.Config.CPU');
  if (BOOT.includes(key)) return need('VM.Config.Disk');
  if (OPTIONS.includes(key)) return need('VM.Config.Options');
  if (DISK.test(key)) return need(driveRight(value));
  if (key === 'cdrom') return need('VM.Config.CDROM');
  return need('VM.Config.HWType');
}

function driveRight(value: string): string {
  if (value.includes('cloudinit')) return 'VM.Config.Cloudinit';
  return value.includes('media=cdrom') ? 'VM.Config.CDROM' : 'VM.Config.Disk';
}

export const CONFIG_RIGHTS = [
  ...['VM.Config.Disk', 'VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Network'],
  ...['VM.Config.HWType', 'VM.Config.Options', 'VM.Config.Cloudinit'],
];
