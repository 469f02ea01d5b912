import { Injectable } from '@nestjs/common';
import { DomainError, PLANNERS, type JobKind } from '@orion/domain';
import type { NetworkRow, NodeRow, StepRow } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import { Settings } from '../settings';
import { planNode, type NodeSpec } from './node-spec';
import { reserveRange } from './reserve-range';
import { stepRows } from './step-rows';

/** Steps that one transaction lays down; a larger plan takes several. */
const BATCH = 1_000;

/** The plan of a job, kept between the transactions that lay it down. */
export type StepPlan = readonly StepRow[];

/** Lays down the steps of a job, the first time that it is advanced. */
@Injectable()
export class PlanJob {
  constructor(private readonly settings: Settings) {}

  /**
   * Reserves what the job needs and stores its next batch of steps; `remaining` when more are to follow in another
   * transaction. The scheduler sees none before the last: the job stays in its plan phase until then. May be repeated
   * from the start after a crash. Throws DomainError when the job cannot be done; the transaction must then roll back.
   */
  async execute(work: JobWork, known?: StepPlan): Promise<StepPlan | undefined> {
    const plan = known ?? (await this.steps(work));
    const { id: jobId, siteId, tenantId, rangeId } = work.job;
    const stored = plan.length > BATCH ? await work.plan.countSteps(jobId) : 0;
    await work.plan.addSteps({ jobId, siteId, tenantId, rangeId }, plan.slice(stored, stored + BATCH));
    if (stored + BATCH < plan.length) {
      work.after.again = true;
      return plan;
    }
    await work.jobs.enter(jobId, 'forward', plan.length);
    work.tell('job.planned', { steps: plan.length });
    work.after.dispatch.add(siteId);
    if (plan.length === 0) await work.end({ state: 'succeeded' });
    return undefined;
  }

  private async steps(work: JobWork): Promise<StepPlan> {
    const { job } = work;
    const kind = job.kind as JobKind;
    const site = await work.plan.site(job.siteId);
    let nodes: readonly NodeRow<NodeSpec>[] = [];
    let networks: readonly NetworkRow[] = [];
    if (job.rangeId !== null) {
      nodes = kind === 'range.deploy' && job.attempt === 1 ? [] : await work.plan.nodes(job.rangeId);
      if (kind === 'range.deploy' && nodes.length === 0) {
        ({ nodes, networks } = await reserveRange(work, job.rangeId, site, this.settings.installation));
      } else {
        networks = await work.plan.networks(job.rangeId);
      }
    }
    const node = typeof job.params['node'] === 'string' ? { node: job.params['node'] } : {};
    const plan = PLANNERS[kind]({ nodes: nodes.map(planNode), networks: networks.map(({ name }) => name), ...node });
    return stepRows(job.id, 'forward', plan, {
      job,
      site,
      nodes: new Map(nodes.map((row) => [row.name, row])),
      networks: new Map(networks.map((row) => [row.name, row])),
      allocatedVmIds: kind === 'site.check' ? await work.plan.allocatedVmIds(job.siteId) : [],
    });
  }
}

/** Tells whether this release knows how to do a job; a newer one will take what it does not. */
export function isKnownKind(kind: string, version: number): kind is JobKind {
  return Object.hasOwn(PLANNERS, kind) && version === 1;
}

/** An error of planning as it stands in the job. */
export function planningError(error: unknown): DomainError | undefined {
  return error instanceof DomainError ? error : undefined;
}
