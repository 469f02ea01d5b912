import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's process clock a second, as every Linux reports them to programs. */
const TICKS = 100;

/** Which process of the platform a command line is of. What is not named here is not counted. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['gateway', /apps\/gateway\//],
  ['orchestrator', /apps\/orchestrator\//],
  ['agent', /apps\/hypervisor-agent\//],
  ['postgresql', /^postgres|\/postgres /],
  ['redis', /redis-server/],
  ['nats', /nats-server/],
  ['simulator', /apps\/pve-simulator\//],
];

/** CPU milliseconds that each part of the platform below `root` has used since it began. Linux only. */
export function cpuByPart(root: number): ReadonlyMap<string, number> {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const parentOf = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parentOf.get(at))
      if (at === root) return true;
    return false;
  };
  const cpu = new Map<string, number>();
  for (const { pid, command, cpuMs } of processes) {
    const part = PARTS.find(([, pattern]) => pattern.test(command))?.[0];
    if (part !== undefined && isBelow(pid)) cpu.set(part, (cpu.get(part) ?? 0) + cpuMs);
  }
  return cpu;
}

function readProcess(pid: number) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    // Its own time, and that of its children that have ended: connections of PostgreSQL come and go.
    const ticks = fields.slice(11, 15).reduce((sum, part) => sum + part, 0);
    return { pid, parent: fields[1] ?? 0, command, cpuMs: (ticks * 1_000) / TICKS };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
