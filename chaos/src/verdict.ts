import { setTimeout as delay } from 'node:timers/promises';
import type { ForeignVms } from './foreign-vms';
import type { Ledger } from './ledger';
import { hasEnded, nodeOf, ownerOf, type JobReading, type RangeReading, type VmReading } from './readings';
import type { Rig } from './rig';

export class Verdict {
  constructor(
    private readonly rig: Rig,
    private readonly ledger: Ledger,
    private readonly foreign: ForeignVms,
  ) {}

  /** At any time: no node has two VMs, and nobody touched what is not ours. */
  async watch(): Promise<void> {
    const vms = await this.rig.simulator.get<readonly VmReading[]>('/vms');
    const seen = new Map<string, number>();
    for (const vm of vms) {
      const owner = this.foreign.has(vm.vmid) ? undefined : ownerOf(vm);
      if (owner === undefined) continue;
      const node = `${owner.node} of range ${owner.rangeId}`;
      const other = seen.get(node);
      if (other !== undefined && !(await this.areBothKnown(owner.rangeId, [other, vm.vmid]))) {
        const what = `node ${node} is VM ${other} and VM ${vm.vmid}`;
        this.ledger.complain({ count: 'duplicates', what, rangeId: owner.rangeId });
      }
      seen.set(node, vm.vmid);
    }
    for (const { vmId, how } of this.foreign.touched(vms)) {
      this.ledger.complain({ count: 'orphans', what: `VM ${vmId} is not ours and is ${how}` });
    }
  }

  /** A node that is made anew has two VMs for a while, and its range knows both. */
  private async areBothKnown(rangeId: string, vmIds: readonly [number, number]): Promise<boolean> {
    try {
      const rows = await this.rig.postgres.query<{ vm_id: number }>(
        `SELECT vm_id FROM range_node WHERE range_id = $1 AND vm_id = ANY($2::int[])`,
        [rangeId, vmIds],
      );
      if (rows.length === vmIds.length) return true;
      // One of them may have gone since it was seen.
      const now = await this.rig.simulator.get<readonly VmReading[]>('/vms');
      return !vmIds.every((vmId) => now.some((vm) => vm.vmid === vmId && ownerOf(vm)?.rangeId === rangeId));
    } catch {
      // PostgreSQL does not answer; the next look tells.
      return true;
    }
  }

  /** After the drain: every promise is kept, or its failure is told where it can be read. */
  async judgeJobs(): Promise<void> {
    for (const { id, tenant, rangeId } of this.ledger.jobs.values()) {
      const job = await tenant.observer.get<JobReading>(`/jobs/${id}`).catch((error: unknown) => String(error));
      if (typeof job === 'string') this.ledger.complain({ count: 'lost', what: job, jobId: id, rangeId });
      else if (!hasEnded(job)) {
        this.ledger.complain({ count: 'lost', what: `${job.kind} is still ${job.state}`, jobId: id, rangeId });
      }
    }
    for (const [rangeId, tenant] of this.ledger.ranges) {
      const range = await tenant.observer.get<RangeReading>(`/ranges/${rangeId}`);
      const asWanted: Readonly<Record<RangeReading['desiredState'], string>> = {
        running: 'ready',
        stopped: 'stopped',
        destroyed: 'destroyed',
      };
      // Degraded and quarantined is what a failed job leaves, which says so; a start of one node in a stopped range makes it ready.
      if (range.state === asWanted[range.desiredState] || range.state === 'degraded' || range.state === 'quarantined')
        continue;
      if (range.state === 'ready' || range.state === 'stopped') continue;
      const what = `the range is ${range.state}, though ${range.desiredState} is wanted`;
      this.ledger.complain({ count: 'lost', what, rangeId });
    }
  }

  /** After the drain, before the ranges are destroyed: rows and VMs are the same. */
  async compareRows(): Promise<void> {
    const rows = await this.rig.postgres.query<{ range_id: string; name: string; state: string; vm_id: number }>(
      `SELECT range_id, name, state, vm_id FROM range_node WHERE state IN ('stopped', 'starting', 'running', 'stopping')`,
    );
    const vms = await this.rig.simulator.get<readonly VmReading[]>('/vms');
    const ours = vms.filter((vm) => !this.foreign.has(vm.vmid) && ownerOf(vm) !== undefined);
    for (const { range_id: rangeId, name, vm_id: vmId } of rows) {
      const vm = ours.find(({ vmid }) => vmid === vmId);
      const owner = vm && ownerOf(vm);
      if (owner?.rangeId === rangeId && owner.node === nodeOf(name)) continue;
      this.ledger.complain({ count: 'orphans', what: `node ${name} has no VM ${vmId}`, rangeId });
    }
    const known = new Set(
      (
        await this.rig.postgres.query<{ vm_id: number }>(
          `SELECT vm_id FROM range_node WHERE state NOT IN ('planned', 'destroyed')`,
        )
      ).map(({ vm_id }) => vm_id),
    );
    for (const { vmid } of ours) {
      if (!known.has(vmid)) this.ledger.complain({ count: 'orphans', what: `VM ${vmid} belongs to no row` });
    }
  }

  /** At the very end: nothing of ours is left, and every clone that took effect was destroyed once. */
  async judgeEmptiness(): Promise<void> {
    await this.watch();
    const vms = await this.rig.simulator.get<readonly VmReading[]>('/vms');
    const left = vms.filter(({ vmid, template }) => !template && !this.foreign.has(vmid));
    for (const { vmid, tags, config, lock } of left) {
      const marks = tags.length > 0 ? tags.join(' ') : String(config['description'] ?? 'no mark');
      const what = `VM ${vmid} is left over (${marks}${lock === null ? '' : `, locked: ${lock}`})`;
      this.ledger.complain({ count: 'orphans', what });
    }
    const { clones = 0, destroys = 0 } = await this.rig.simulator.get<Record<string, number>>('/counters');
    if (clones - destroys !== left.length) {
      const what = `${clones} clones - ${destroys} destroys are not the ${left.length} VMs that are left`;
      this.ledger.complain({ count: 'duplicates', what });
    }
  }

  /** What does not go on, once nothing should be under way any more; looked at until it is gone or `untilMs` have passed. */
  async judgeStandstill(untilMs: number): Promise<void> {
    const deadline = performance.now() + untilMs;
    let stuck = await this.stuck();
    while (stuck.length > 0 && performance.now() < deadline) {
      await delay(500);
      stuck = await this.stuck();
    }
    for (const { what, job_id: jobId, range_id: rangeId } of stuck) {
      this.ledger.complain({
        count: 'stuck',
        what,
        ...(jobId !== null && { jobId }),
        ...(rangeId !== null && { rangeId }),
      });
    }
  }

  private stuck(): Promise<readonly { what: string; job_id: string | null; range_id: string | null }[]> {
    return this.rig.postgres.query(STUCK, [this.foreign.ids]);
  }
}

const STUCK = `
  SELECT 'job ' || kind || ' is ' || state || ' in phase ' || phase AS what, id AS job_id, range_id
    FROM job WHERE state IN ('pending', 'running')
  UNION ALL
  SELECT 'step ' || s.kind || ' of ' || s.subject || ' is ' || s.state || ' in a job that is ' || j.state, s.job_id, s.range_id
    FROM step s JOIN job j ON j.id = s.job_id
   WHERE s.state IN ('dispatched', 'running') AND j.state NOT IN ('pending', 'running')
  UNION ALL
  SELECT 'command ' || kind || ' ' || target || ' is ' || state, job_id, NULL FROM command WHERE state <> 'ended'
  UNION ALL
  SELECT 'range is ' || state, NULL, id FROM range WHERE state <> 'destroyed'
  UNION ALL
  SELECT 'VM id ' || vm_id || ' is not given back', NULL, range_id FROM vm_id_allocation
    -- An id that somebody else's VM has stays taken; one that was found taken rests for a day.
   WHERE vm_id <> ALL($1::int[]) AND (released_at IS NULL OR released_at <= now())
  UNION ALL
  SELECT 'VLAN tag ' || vlan_tag || ' is not given back', NULL, range_id FROM vlan_allocation
  UNION ALL
  SELECT 'a wake-up waits', job_id, NULL FROM outbox
  UNION ALL
  SELECT 'a transaction is open for ' || now() - xact_start || ': ' || left(query, 100), NULL, NULL FROM pg_stat_activity
   WHERE usename LIKE 'orion%' AND xact_start < now() - interval '10 s'`;
