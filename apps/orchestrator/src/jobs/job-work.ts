import { randomUUID } from 'node:crypto';

import { settleRange, type EndedJob, type JobError, type JobKind, type RangeState } from '@orion/domain';
import {
  AllocationStore,
  appendEvents,
  BaselineStore,
  CommandStore,
  JobStore,
  PlanStore,
  StepStore,
  withCommit,
  type JobPhase,
  type NewEvent,
  type ScheduledJob,
} from '@orion/persistence';
import type { EntityManager } from 'typeorm';

import { forgetGone } from '../planning/apply-range';
import type { NodeSpec } from '../planning/node-spec';
import type { AfterCommit } from './after-commit';

/** One job in one transaction, under its row lock: its stores, its events, and what is to follow the commit. */
export class JobWork {
  readonly jobs: JobStore;
  readonly steps: StepStore;
  readonly plan: PlanStore<NodeSpec>;
  readonly allocations: AllocationStore;
  readonly commands: CommandStore;
  private readonly events: NewEvent[] = [];

  constructor(
    readonly db: EntityManager,
    readonly job: ScheduledJob,
    readonly after: AfterCommit,
  ) {
    this.jobs = new JobStore(db);
    this.steps = new StepStore(db);
    this.plan = new PlanStore(db);
    this.allocations = new AllocationStore(db);
    this.commands = new CommandStore(db);
  }

  /** Notes an event, to be written by `writeEvents`. */
  tell(type: string, data: Readonly<Record<string, unknown>> = {}, stepId?: string): void {
    this.events.push({ type, jobId: this.job.id, data, ...(stepId !== undefined && { stepId }) });
  }

  /** Writes what was told since, with the commit. The transaction's tenant is the job's. */
  writeEvents(): void {
    const { id: jobId, tenantId, rangeId } = this.job;
    const stream = rangeId === null ? { tenantId, jobId } : { tenantId, rangeId };
    withCommit(this.db, appendEvents(this.db, stream, this.events.splice(0)));
  }

  /** Fences what runs for these steps, and has the agents told after the commit. */
  async fence(stepIds: readonly string[]): Promise<void> {
    this.after.cancellations.push(...(await this.commands.fence(stepIds)));
  }

  /** Has the next stage of a job planned, in a transaction of its own; what was planned so far counts as done. */
  async planNextStage(): Promise<void> {
    const { id, stepsTotal, stage } = this.job;
    await this.jobs.enter(id, 'plan', { total: stepsTotal, done: stepsTotal, stage: stage + 1 });
    this.after.advance.add(id);
  }

  setRange(state: RangeState, desired: 'running' | 'stopped' | 'destroyed', before: RangeState): void {
    const { rangeId } = this.job;
    if (rangeId === null) return;
    withCommit(this.db, this.steps.setRange(rangeId, { state, desired }));
    if (state !== before) this.tell('range.state_changed', { from: before, to: state });
  }

  /**
   * Ends the job and settles its range. `phase` stays for a failed job: a retry resumes there.
   * `compensated`: everything that the job made is gone again.
   */
  async end(as: {
    readonly state: 'succeeded' | 'failed' | 'cancelled';
    readonly phase?: JobPhase;
    readonly error?: JobError;
    readonly result?: unknown;
    readonly compensated?: boolean;
  }): Promise<void> {
    const { job } = this;
    if (as.state !== 'succeeded') await this.steps.skipUnsent(job.id);
    // One that waits for its turn has changed nothing.
    if (job.rangeId !== null && !job.queued) await this.settleRange(job.rangeId, as);
    if (job.kind === 'node.snapshot') await this.settleSnapshot();
    // Ids of clones that have proven templates; one that is left over keeps its id until it is gone.
    if (job.kind === 'site.check') await this.allocations.release(job.id);
    if (job.kind === 'baseline.create' || job.kind === 'baseline.delete') await this.settleBaseline(as);
    const phase = as.state === 'failed' ? (as.phase ?? job.phase) : 'ended';
    const ended = this.jobs.end(job.id, { state: as.state, phase, error: as.error, result: as.result });
    withCommit(
      this.db,
      ended.then((next) => next !== undefined && this.after.advance.add(next)),
    );
    this.tell(`job.${as.state}`, { kind: job.kind, ...(as.error && { error: as.error }) });
    this.after.admit.add(job.siteId);
  }

  private async settleRange(
    rangeId: string,
    { state, compensated }: { readonly state: EndedJob['state']; readonly compensated?: boolean },
  ): Promise<void> {
    if (compensated === true && this.job.kind === 'range.deploy') await this.steps.destroyPlannedNodes(rangeId);
    const { kind } = this.job;
    if (kind === 'range.apply' && (state === 'succeeded' || compensated === true)) await forgetGone(this, rangeId);
    if (kind === 'range.repair' && state === 'succeeded') await forgetGone(this, rangeId);
    const [range, nodes] = await Promise.all([this.steps.lockRange(rangeId), this.steps.nodeStates(rangeId)]);
    const settled = settleRange({
      desired: range.desired,
      before: range.state,
      nodes,
      job: { kind: this.job.kind as JobKind, state, ...(compensated !== undefined && { compensated }) },
    });
    this.setRange(settled.state, settled.desired, range.state);
    if (settled.state !== 'destroyed') return;
    await this.allocations.release(rangeId);
    await new BaselineStore(this.db).removeOfRange(rangeId);
  }

  /**
   * Of a baseline that is not there the name is free again. One whose snapshots are removed in part, or could not be removed
   * again, keeps it until it is removed.
   */
  private async settleBaseline({
    state,
    compensated,
  }: {
    readonly state: EndedJob['state'];
    readonly compensated?: boolean;
  }): Promise<void> {
    const store = new BaselineStore(this.db);
    const id = String(this.job.params['baselineId']);
    if (this.job.kind === 'baseline.create') {
      if (state !== 'succeeded' && compensated === true) await store.remove(id);
      else if (state !== 'succeeded') await store.setState(id, 'incomplete', this.job.id);
    } else if (state === 'succeeded') await store.remove(id);
    else await store.setState(id, 'incomplete', this.job.id);
  }

  /** One that was taken before a cancel could stop it is there, and keeps its name. */
  private async settleSnapshot(): Promise<void> {
    const { id: jobId, tenantId, rangeId, params } = this.job;
    const taken = (await this.steps.resultOf(jobId, 'vm.snapshot')) ?? undefined;
    if (taken === undefined || rangeId === null) return this.steps.forgetSnapshot(jobId);
    const { node, name, description, memory } = params;
    await this.steps.keepSnapshot({
      id: randomUUID(),
      tenantId,
      rangeId,
      node: String(node),
      name: String(name),
      description: typeof description === 'string' ? description : '',
      memory: memory === true,
      jobId,
    });
  }
}
