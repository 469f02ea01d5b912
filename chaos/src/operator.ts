import { setTimeout as delay } from 'node:timers/promises';
import type { RestClient } from '@orion/rest-client';
import { isHalfMade, type TaskReading, type VmReading } from './readings';

/** How far two looks at a lock lie apart before it counts as stale, milliseconds. */
const STALE_MS = 3_000;

/**
 * Whoever looks after the cluster: restarts its hosts, and does what the runbook of stale locks asks of a person. Nothing else is
 * done by hand.
 */
export class Operator {
  private restarts = 0;

  constructor(private readonly simulator: RestClient) {}

  /** Rises with each restart of a host, which powers off VMs that nobody asked to stop. */
  get hostRestarts(): number {
    return this.restarts;
  }

  async restartHost(host: string): Promise<void> {
    this.restarts += 1;
    await this.simulator.post(`/hosts/${host}/restart`);
  }

  /** Takes locks away that no task holds any more, and removes what a clone that died has left behind. */
  async clearStaleLocks(): Promise<void> {
    const before = await this.locked();
    if (before.size === 0) return;
    await delay(STALE_MS);
    const now = await this.locked();
    const busy = await this.busy();
    for (const [vmId, lock] of now) {
      if (before.get(vmId) !== lock || busy.has(vmId)) continue;
      const cleared =
        lock === 'clone'
          ? this.simulator.request('DELETE', `/vms/${vmId}`)
          : this.simulator.request('PATCH', `/vms/${vmId}`, { body: { config: { lock: null } } });
      await cleared.catch(() => undefined);
    }
  }

  /** By VM; `clone` for what is half-made, whatever its lock. */
  private async locked(): Promise<ReadonlyMap<number, string>> {
    const vms = await this.simulator.get<readonly VmReading[]>('/vms');
    return new Map(
      vms.flatMap((vm) => {
        const lock = isHalfMade(vm) ? 'clone' : vm.lock;
        return lock === null ? [] : [[vm.vmid, lock] as const];
      }),
    );
  }

  /** VMs that a running task works on; the new VM of a clone stands in its log. */
  private async busy(): Promise<ReadonlySet<number>> {
    const tasks = await this.simulator.get<readonly TaskReading[]>('/tasks');
    return new Set(
      tasks
        .filter(({ endtime }) => endtime === undefined)
        .flatMap(({ id, log }) => [Number(id), ...log.flatMap((line) => Number(/with ID (\d+)/.exec(line)?.[1] ?? 0))]),
    );
  }
}
