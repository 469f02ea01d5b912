import { assertAllowed, assertRetryable, DomainError, intentOf, isEnded, type JobKind } from '@orion/domain';
import type { NodeSpec } from '@orion/orchestrator';
import type { JobRow, NodeRow } from './database/rows';
import type { View } from './database/tables';
import { SITE, type World } from './world';

const JOB_MS = 3_600_000;

/** What clients ask for, as the gateway stores it. Each answers whether it was accepted. */
export class Clients {
  readonly accepted: string[] = [];

  constructor(private readonly world: World) {}

  submit(range: number, kind: JobKind, onFailure: 'keep' | 'rollback' = 'keep'): boolean {
    const { tables } = this.world.database;
    const [rangeId, id] = [idOf('c', range), idOf('d', this.accepted.length)];
    return this.commit(id, (view) => {
      const known = view.get(tables.range, rangeId);
      if ((known === undefined) !== (kind === 'range.deploy') || this.changing(view, rangeId) !== undefined)
        return false;
      if (known === undefined) this.addRange(view, range);
      const { state = known?.state ?? 'deploying', desired = known?.desired ?? 'running' } = intentOf(kind);
      if (known !== undefined) {
        assertAllowed(kind, known.state);
        view.put(tables.range, rangeId, { ...known, state, desired });
      }
      const { now } = view;
      view.put(tables.job, id, {
        ...{
          id,
          rangeId,
          kind,
          tenantId: tenantOf(range),
          siteId: SITE,
          kindVersion: 1,
          attempt: 1,
          stage: 1,
          queued: false,
        },
        ...{ state: 'pending', phase: 'plan', params: { onFailure, node: 'n0' }, error: null, cancelRequested: false },
        ...{ stepsTotal: 0, stepsDone: 0, stepsFailed: 0, traceparent: null },
        ...{ createdAt: now, changedAt: now, deadlineAt: now + JOB_MS },
      });
      this.accepted.push(id);
      return true;
    });
  }

  cancel(range: number): boolean {
    const job = this.latest(range);
    if (job === undefined || isEnded(job.state)) return false;
    const { tables } = this.world.database;
    return this.commit(job.id, (view) => {
      view.update(tables.job, job.id, { cancelRequested: true, changedAt: view.now });
      return true;
    });
  }

  retry(range: number): boolean {
    const job = this.latest(range);
    if (job === undefined) return false;
    const { tables } = this.world.database;
    return this.commit(job.id, (view) => {
      const of = view.get(tables.range, job.rangeId);
      assertRetryable(job, { latestJobId: job.id, rangeState: of?.state });
      const attempt = job.attempt + 1;
      view.put(tables.job, job.id, {
        ...job,
        ...{ state: 'pending', attempt, error: null, cancelRequested: false, changedAt: view.now },
      });
      view.update(tables.range, job.rangeId, intentOf(job.kind));
      return true;
    });
  }

  latest(range: number): JobRow | undefined {
    const jobs = [...this.world.database.tables.job.rows.values()];
    return jobs.filter(({ rangeId }) => rangeId === idOf('c', range)).at(-1);
  }

  /** One transaction with the wake-up that must not be forgotten, and the one that may get lost. */
  private commit(jobId: string, work: (view: View) => boolean): boolean {
    const { database, chance } = this.world;
    const { outbox } = database.tables;
    let accepted = false;
    try {
      const stored = database.atOnce((view) => {
        accepted = work(view);
        if (accepted) view.put(outbox, `${jobId} ${view.now}`, { jobId, createdAt: view.now });
      });
      if (!stored || !accepted) return false;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
    const wakeUps = [0, 1, 1, 1, 2][chance.below(5)] ?? 1;
    for (let wakeUp = 0; wakeUp < wakeUps; wakeUp++) void this.wake(jobId);
    return true;
  }

  private async wake(jobId: string): Promise<void> {
    const { scheduler, chance, orchestrators } = this.world;
    await scheduler.schedule(Promise.resolve(), 'wake-up');
    await chance
      .pick(orchestrators)
      ?.advance.execute(jobId)
      .catch(() => undefined);
  }

  private changing(view: View, rangeId: string): JobRow | undefined {
    const jobs = view.all(this.world.database.tables.job);
    return jobs.find((job) => job.rangeId === rangeId && !isEnded(job.state));
  }

  /** Two nodes, of which the second needs the first, and one network. */
  private addRange(view: View, range: number): void {
    const { tables } = this.world.database;
    const id = idOf('c', range);
    view.put(tables.range, id, {
      ...{ id, tenantId: tenantOf(range), state: 'deploying', desired: 'running', lastEventNumber: 0 },
    });
    const network = {
      id: idOf('e', range),
      rangeId: id,
      name: 'lan',
      bridge: 'vmbr1',
      vlanTag: 100 + range,
      mode: 'vlan',
      zone: null,
    };
    view.put(tables.network, network.id, { ...network, gateway: null } as {
      id: string;
      rangeId: string;
      name: string;
    });
    for (const ordinal of range === 0 ? [0, 1] : [0])
      view.put(tables.node, `${id} n${ordinal}`, aNode(id, range, ordinal));
  }
}

function aNode(rangeId: string, range: number, ordinal: number): NodeRow {
  const spec: NodeSpec = {
    ...{ template: 'linux', templateVmId: 900, templateHost: 'alpha', mode: 'linked', storageShared: false },
    ...{ os: 'linux', cpus: 1, guestAgent: false, dependsOn: ordinal === 0 ? [] : ['n0'] },
    readiness: { guestAgent: false, timeoutMs: 300_000 },
  };
  return {
    ...{ id: idOf('f', range * 10 + ordinal), rangeId, ordinal, name: `n${ordinal}`, state: 'planned' },
    ...{ host: 'alpha', storage: 'local', vmId: 1_000 + range * 10 + ordinal, memoryMiB: 512, spec },
    interfaces: [{ network: 'lan', mac: '', address: '10.0.0.1/24' }],
  };
}

function tenantOf(range: number): string {
  return idOf('1', range % 2);
}

function idOf(kind: string, number: number): string {
  return `0000000${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
