import { Injectable } from '@nestjs/common';
import {
  isReset,
  planApplyUndo,
  planBaselineUndo,
  planCompensation,
  type JobError,
  type JobKind,
  type PlannedStep,
} from '@orion/domain';

import { applyOfJob, safetySnapshot, turnBack } from '../planning/apply-range';
import { baselineOfJob } from '../planning/baseline-of-job';
import { planNode } from '../planning/node-spec';
import { Settings } from '../settings';
import { stepRows } from '../planning/step-rows';
import { isPastReturn } from './finish-apply';
import type { JobWork } from './job-work';

/** How long an agent may take to stop what runs, milliseconds. */
const DRAIN_MS = 2 * 60_000;
/** How long removing what a job has made may take at least, milliseconds. */
const COMPENSATE_MS = 30 * 60_000;

/** Kinds of which nothing is left when they are stopped. */
const UNDONE: ReadonlySet<string> = new Set<JobKind>(['range.deploy', 'baseline.create', 'range.apply']);

/** Stops a job half-way and removes exactly what it has made. */
@Injectable()
export class StopJob {
  constructor(private readonly settings: Settings) {}

  /** Because of `error` (a rollback) or, without one, of a cancel. What was never sent is cancelled, what runs is fenced. */
  async begin(work: JobWork, error?: JobError): Promise<void> {
    await work.steps.cancelUnsent(work.job.id);
    const inFlight = await work.steps.inFlight(work.job.id);
    await work.fence(inFlight);
    await work.jobs.drain(work.job.id, error, DRAIN_MS);
    work.tell('job.stopping', { because: error === undefined ? 'cancelled' : 'failed', running: inFlight.length });
    if (inFlight.length === 0) await this.compensate(work, error);
  }

  /** Goes on with removing once nothing runs any more. */
  async continueDrained(work: JobWork): Promise<void> {
    if ((await work.steps.inFlight(work.job.id)).length > 0) return;
    await this.compensate(work, work.job.error ?? undefined);
  }

  /** Lays down the steps that remove what the job has made; ends it when there is nothing to remove. */
  async compensate(work: JobWork, error?: JobError): Promise<void> {
    const { job } = work;
    const undoes = UNDONE.has(job.kind) && !isPastReturn(job);
    const steps = job.rangeId !== null && undoes ? await this.steps(work, job.rangeId) : [];
    if (steps.length === 0) return this.ended(work, error);
    const { id: jobId, siteId, tenantId, rangeId } = job;
    await work.plan.addSteps({ jobId, siteId, tenantId, rangeId }, steps);
    await work.jobs.enter(jobId, 'compensate', { total: steps.length, atLeastMs: COMPENSATE_MS });
    work.tell('job.compensating', { steps: steps.length });
    work.after.dispatch.add(siteId);
  }

  /** Everything that was to be removed is gone. */
  async ended(work: JobWork, error?: JobError): Promise<void> {
    // Of a reset nothing is undone: nodes that were touched are somewhere between two states.
    const untouched = !isReset(work.job.kind) || (await work.plan.sent(work.job.id)).length === 0;
    await work.end({
      state: error === undefined ? 'cancelled' : 'failed',
      phase: 'compensate',
      compensated: untouched,
      ...(error && { error }),
    });
  }

  private async steps(work: JobWork, rangeId: string) {
    const { job } = work;
    const applies = job.kind === 'range.apply';
    if (applies) await turnBack(work, rangeId, this.settings.installation);
    const nodes = await work.plan.nodes(rangeId);
    const networks = await work.plan.networks(rangeId);
    const baseline = await baselineOfJob(work, nodes);
    const request = {
      nodes: nodes.map(planNode),
      networks: networks.map(({ name }) => name),
      sent: await work.plan.sent(job.id),
    };
    let plan: readonly PlannedStep[];
    if (applies) {
      const [apply, before] = [await applyOfJob(work, rangeId, nodes), await work.plan.plannedForward(job.id)];
      plan = planApplyUndo({ ...request, apply, before });
    } else if (baseline !== undefined) plan = planBaselineUndo({ ...request, baseline: baseline.plan });
    else plan = planCompensation(request);
    if (plan.length === 0) return [];
    const rows = {
      ...(baseline && { baseline: baseline.snapshot }),
      ...(applies && { baseline: safetySnapshot(job) }),
      job,
      site: await work.plan.site(job.siteId),
      nodes: new Map(nodes.map((row) => [row.name, row])),
      networks: new Map(networks.map((row) => [row.name, row])),
      allocatedVmIds: [],
    };
    return stepRows(job.id, 'compensate', plan, rows, await work.plan.countSteps(job.id));
  }
}
