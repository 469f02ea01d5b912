import type { Caller } from '../access/access-control';
import type { Sim } from '../sim';
import { usageOf } from './usage';
import type { Host } from './cluster';
import { cpusOf } from '../vms/vm';

const MIB = 1048576;
/** Memory that a host needs for itself. */
const OWN_MEMORY = 1024 * MIB;
const ROOT_DISK = 100 * 1024 ** 3;

/** Load of a host: its own part and that of the VMs that run on it. */
function loadOf(sim: Sim, host: Host): { cpu: number; mem: number; maxmem: number } {
  const now = sim.time.now();
  const maxmem = host.memoryMiB * MIB;
  let mem = Math.min(OWN_MEMORY, maxmem / 4);
  let busy = 0.05;
  for (const vm of sim.vms.on(host.name)) {
    if (vm.running === undefined) continue;
    const usage = usageOf(vm, now);
    mem += usage.mem;
    busy += usage.cpu * cpusOf(vm.config);
  }
  return { cpu: Math.min(1, busy / host.cpus), mem: Math.min(maxmem, Math.floor(mem)), maxmem };
}

const uptimeOf = (sim: Sim, host: Host) => Math.max(0, Math.floor((sim.time.now() - host.bootedAt) / 1000));

/** The host in a list; the figures show only with Sys.Audit on it. */
export function nodeEntry(sim: Sim, host: Host, caller: Caller): Record<string, unknown> {
  const identity = {
    id: `node/${host.name}`,
    node: host.name,
    type: 'node',
    level: '',
    status: host.online ? 'online' : 'offline',
  };
  if (!sim.access.has(caller, `/nodes/${host.name}`, 'Sys.Audit')) return { ...identity, 'cgroup-mode': 1 };
  if (!host.online) return identity;
  return {
    ...identity,
    ...loadOf(sim, host),
    'cgroup-mode': 1,
    disk: Math.floor(ROOT_DISK / 8),
    maxcpu: host.cpus,
    maxdisk: ROOT_DISK,
    uptime: uptimeOf(sim, host),
  };
}

export function nodeStatus(sim: Sim, host: Host): unknown {
  const { cpu, mem, maxmem } = loadOf(sim, host);
  const load = (cpu * host.cpus).toFixed(2);
  const used = Math.floor(ROOT_DISK / 8);
  return {
    'boot-info': { mode: 'efi', secureboot: 0 },
    cpu,
    cpuinfo: {
      cores: host.cpus,
      cpus: host.cpus,
      sockets: 1,
      model: 'Simulated CPU',
      mhz: '2600.000',
      hvm: '1',
      flags: '',
      user_hz: 100,
    },
    'current-kernel': { machine: 'x86_64', release: '6.14.0-pve', sysname: 'Linux', version: '#1 SMP PREEMPT_DYNAMIC' },
    idle: 0,
    ksm: { shared: 0 },
    kversion: 'Linux 6.14.0-pve #1 SMP PREEMPT_DYNAMIC',
    loadavg: [load, load, load],
    memory: { total: maxmem, used: mem, free: maxmem - mem, available: maxmem - mem },
    pveversion: `pve-manager/${sim.version.version}/${sim.version.repoid}`,
    rootfs: { total: ROOT_DISK, used, free: ROOT_DISK - used, avail: ROOT_DISK - used },
    swap: { total: 0, used: 0, free: 0 },
    uptime: uptimeOf(sim, host),
    wait: 0,
  };
}
