import { Injectable } from '@nestjs/common';
import { DomainError, isReset, PLANNERS, type JobKind, type NodeRepair, type PlanApply } from '@orion/domain';
import { withCommit, type NetworkRow, type NodeRow, type SitePicture, type StepRow } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import { FinishApply } from '../jobs/finish-apply';
import { FinishBaseline } from '../jobs/finish-baseline';
import { ProveReset } from '../jobs/prove-reset';
import { Settings } from '../settings';
import { applyRange, safetySnapshot } from './apply-range';
import { baselineOfJob } from './baseline-of-job';
import { planNode, type NodeSpec } from './node-spec';
import { repairRange } from './repair-range';
import { reserveRange } from './reserve-range';
import { stepRows } from './step-rows';
import { templateClones } from './template-clones';
import { StepTimes } from './step-times';

/** Steps that one transaction lays down; a larger plan takes several, where planning it again gives the same. */
const BATCH = 1_000;
/** Nodes from which on a plan is large. */
const LARGE = 500;

/** The plan of a job, kept between the transactions that lay it down. */
export interface StepPlan {
  /** Worked out when it is asked for first; throws DomainError when the job cannot be done. */
  readonly rows: () => readonly StepRow[];
  /** Steps that the job has done before. */
  readonly before: number;
  /** Working it out takes longer than a transaction may idle: that is done between two of them. */
  readonly large: boolean;
}

/** The site, and of the range what has been reserved already. */
interface PlanInput {
  readonly site: SitePicture;
  readonly nodes: readonly NodeRow<NodeSpec>[];
  readonly networks: readonly NetworkRow[];
}

/** What is planned with. */
interface Reserved extends Pick<PlanInput, 'nodes' | 'networks'> {
  readonly repairs?: ReadonlyMap<string, NodeRepair>;
  readonly apply?: PlanApply;
}

/** Lays down the steps of a job, the first time that it is advanced. */
@Injectable()
export class PlanJob {
  constructor(
    private readonly settings: Settings,
    private readonly stepTimes: StepTimes,
    private readonly proveReset: ProveReset,
    private readonly finishBaseline: FinishBaseline,
    private readonly finishApply: FinishApply,
  ) {}

  /**
   * Stores the next batch of the job's steps; `remaining` when more are to follow in another
   * transaction. The scheduler sees none before the last: the job stays in its plan phase until then. May be repeated
   * from the start after a crash. Throws DomainError when the job cannot be done; the transaction must then roll back.
   */
  async execute(work: JobWork, plan: StepPlan): Promise<StepPlan | undefined> {
    const { id: jobId, siteId, tenantId, rangeId } = work.job;
    const { before } = plan;
    const rows = plan.rows();
    // What a repair needs is decided by a picture that may be another one the next time.
    const size = work.job.kind === 'range.repair' ? rows.length : BATCH;
    const stored = rows.length > size ? (await work.plan.countSteps(jobId)) - before : 0;
    withCommit(work.db, work.plan.addSteps({ jobId, siteId, tenantId, rangeId }, rows.slice(stored, stored + size)));
    if (stored + size < rows.length) {
      work.after.again = true;
      return plan;
    }
    withCommit(work.db, work.jobs.enter(jobId, 'forward', { total: before + rows.length, done: before }));
    work.tell('job.planned', { steps: before + rows.length });
    work.after.dispatch.add(siteId);
    if (rows.length === 0) await this.nothingToDo(work);
    return undefined;
  }

  /** Of a job in stages one may have nothing to do: nothing is suspended of a range that is stopped. */
  private async nothingToDo(work: JobWork): Promise<void> {
    if (work.job.kind === 'baseline.create') return this.finishBaseline.execute(work);
    if (work.job.kind === 'range.apply') return this.finishApply.execute(work);
    await work.end({ state: 'succeeded' });
  }

  /** What planning rests on, in one round trip. */
  async read({ job, plan }: JobWork): Promise<PlanInput> {
    const { rangeId } = job;
    const ofRange = rangeId === null ? undefined : Promise.all([plan.nodes(rangeId), plan.networks(rangeId)]);
    const [site, [nodes, networks] = [[], []]] = await Promise.all([plan.site(job.siteId), ofRange]);
    return { site, nodes, networks };
  }

  /** Begins the plan of the job, reserving what its range needs. A large one is left to another transaction. */
  async begin(work: JobWork, input: PlanInput): Promise<StepPlan | undefined> {
    const plan = await this.steps(work, input);
    if (!plan.large) return this.execute(work, plan);
    work.after.again = true;
    return plan;
  }

  /** Decides the steps of the job. */
  private async steps(work: JobWork, input: PlanInput): Promise<StepPlan> {
    const { job } = work;
    const kind = job.kind as JobKind;
    const { site } = input;
    // Of a job that is planned in stages its total stands until the next stage is laid down.
    const before = job.stepsTotal;
    const { nodes, networks, repairs, apply } = await this.reserve(work, input, before > 0);
    const node = typeof job.params['node'] === 'string' ? { node: job.params['node'] } : {};
    const baseline = await baselineOfJob(work, nodes);
    const only = isReset(kind) ? await this.proveReset.toSetBack(work) : undefined;
    const timesOf = await this.stepTimes.of(work.db, job.siteId);
    const payloads = {
      job,
      site,
      nodes: new Map(nodes.map((row) => [row.name, row])),
      networks: new Map(networks.map((row) => [row.name, row])),
      allocatedVmIds: kind === 'site.check' ? await work.plan.allocatedVmIds(job.siteId) : [],
      ...(baseline && { baseline: baseline.snapshot }),
      ...(apply && { baseline: safetySnapshot(job) }),
    };
    let known: readonly StepRow[] | undefined;
    const rows = (): readonly StepRow[] => {
      const slots = { perHost: site.hostSlots, perStorage: site.storageSlots };
      const request = { nodes: nodes.map(planNode), networks: networks.map(({ name }) => name), timesOf, slots };
      known ??= stepRows(
        job.id,
        'forward',
        PLANNERS[kind]({
          ...request,
          ...node,
          ...(repairs && { repairs }),
          ...(baseline && { baseline: baseline.plan }),
          ...(apply && { apply }),
          ...(only && { only }),
          stage: job.stage,
        }),
        payloads,
        before,
        job.stage,
      );
      return known;
    };
    return { rows, before, large: nodes.length > LARGE };
  }

  private async reserve(work: JobWork, { site, ...known }: PlanInput, looked: boolean): Promise<Reserved> {
    const { kind, rangeId, siteId } = work.job;
    const { installation } = this.settings;
    if (kind === 'site.check') return { ...known, nodes: await templateClones(work, site) };
    if (rangeId === null) return known;
    if (kind === 'range.deploy' && known.nodes.length === 0) return reserveRange(work, rangeId, site, installation);
    if (kind !== 'range.apply' && (kind !== 'range.repair' || !looked)) return known;
    await work.jobs.lockPlanning(siteId);
    if (kind === 'range.apply') return applyRange(work, rangeId, { site, ...known }, installation);
    return repairRange(work, rangeId, { site, ...known }, installation);
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
