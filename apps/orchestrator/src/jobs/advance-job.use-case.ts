import { Injectable } from '@nestjs/common';
import { assertAllowed, intentOf, isReset, type JobKind } from '@orion/domain';
import { JobStore, type ScheduledJob, transaction, withCommit } from '@orion/persistence';
import { inSpan, logger, withLogContext, withRemoteParent } from '@orion/runtime';
import { DataSource, type EntityManager } from 'typeorm';

import { FollowCommit } from '../dispatch/follow-commit';
import { OrchestratorMetrics } from '../metrics';
import { isKnownKind, PlanJob, planningError, type StepPlan } from '../planning/plan-job';
import { AfterCommit } from './after-commit';
import { EnforceTimes } from './enforce-times';
import { JobWork } from './job-work';
import { isPastReturn } from './finish-apply';
import { isUndoneOnFailure, SettleJob } from './settle-job';
import { StopJob } from './stop-job';

const log = logger('advance-job');

/**
 * Takes a job as far as it can go without an agent: admits, plans, resumes, stops, enforces its times, ends it. Each turn
 * is one short transaction under the job's row lock. May be repeated at any time: a turn that finds nothing to do
 * changes nothing.
 */
@Injectable()
export class AdvanceJob {
  constructor(
    private readonly source: DataSource,
    private readonly planJob: PlanJob,
    private readonly stopJob: StopJob,
    private readonly settleJob: SettleJob,
    private readonly enforceTimes: EnforceTimes,
    private readonly followCommit: FollowCommit,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  async execute(jobId: string): Promise<void> {
    const stop = this.metrics.advanceSeconds.startTimer();
    try {
      await withLogContext({ jobId }, () => this.turns(jobId));
    } finally {
      stop();
    }
  }

  private async turns(jobId: string): Promise<void> {
    let plan: StepPlan | undefined;
    let after: AfterCommit;
    do {
      after = new AfterCommit();
      plan = await this.inTurn(jobId, after, plan);
      this.followCommit.execute(after);
    } while (after.again);
  }

  private async inTurn(jobId: string, after: AfterCommit, plan: StepPlan | undefined): Promise<StepPlan | undefined> {
    try {
      plan?.rows();
      return await transaction(this.source, (db) => this.turn(db, jobId, after, plan));
    } catch (error) {
      const refusal = planningError(error);
      if (refusal === undefined) throw error;
      log.info('Failing job that cannot be planned', { code: refusal.code });
      const { code, message: detail, facts } = refusal;
      Object.assign(after, new AfterCommit());
      await transaction(this.source, async (db) => {
        const job = await new JobStore(db).lock(jobId);
        if (job === undefined || job.phase !== 'plan') return;
        const work = new JobWork(db, job, after);
        const nothingLeft = isUndoneOnFailure(job) || isReset(job.kind);
        await work.end({
          state: 'failed',
          error: { code, detail, facts },
          compensated: nothingLeft && job.stage === 1,
        });
        work.writeEvents();
      });
      return undefined;
    }
  }

  private async turn(
    db: EntityManager,
    jobId: string,
    after: AfterCommit,
    plan: StepPlan | undefined,
  ): Promise<StepPlan | undefined> {
    const job = await new JobStore(db).lock(jobId);
    if (job === undefined || (job.state !== 'pending' && job.state !== 'running')) return undefined;
    if (!isKnownKind(job.kind, job.kindVersion)) return undefined;
    const work = new JobWork(db, job, after);
    const advance = () => this.decide(work, job, plan);
    const remaining = await withRemoteParent(job.traceparent, () =>
      job.traceparent === null
        ? advance()
        : inSpan('job.advance', { 'orion.job_id': jobId, 'orion.phase': job.phase }, advance),
    );
    work.writeEvents();
    return remaining;
  }

  private async decide(work: JobWork, job: ScheduledJob, plan: StepPlan | undefined): Promise<StepPlan | undefined> {
    if (job.state === 'pending') return this.begin(work, job);
    if (job.overdue) await this.enforceTimes.endOverdue(work);
    else if (job.phase === 'plan') {
      if (job.cancelRequested && !isPastReturn(job)) await this.stopJob.begin(work);
      else if (plan !== undefined) return this.planJob.execute(work, plan);
      else return this.planJob.begin(work, await this.planJob.read(work));
    } else if (job.phase === 'forward' && job.cancelRequested && !isPastReturn(job)) await this.stopJob.begin(work);
    else {
      await this.enforceTimes.endSilentSteps(work);
      work.after.dispatch.add(job.siteId);
      if (job.phase === 'drain') await this.settleJob.execute(work, job);
    }
    return undefined;
  }

  /** Admits a job in its turn. A retried one goes on where it failed. */
  private async begin(work: JobWork, job: ScheduledJob): Promise<StepPlan | undefined> {
    if (job.queued && !job.cancelRequested && !job.overdue) return this.takeTurn(work, job);
    const resumes = job.attempt > 1 && job.phase !== 'plan';
    // One that was being undone goes on with that, which is what the cancel asks for.
    if (job.cancelRequested && job.phase !== 'compensate') {
      if (!resumes) await work.end({ state: 'cancelled', compensated: true });
      else {
        await work.jobs.start(job.id, 'forward');
        await this.stopJob.begin(work);
      }
      return undefined;
    }
    if (job.overdue && job.attempt === 1) {
      await this.enforceTimes.endOverdue(work);
      return undefined;
    }
    const [, admitted, given] = await Promise.all([
      work.jobs.lockPlanning(job.siteId),
      work.jobs.isAdmitted(job),
      resumes ? undefined : this.planJob.read(work),
    ]);
    if (!admitted) return undefined;
    withCommit(work.db, work.jobs.start(job.id, job.phase === 'drain' ? 'forward' : job.phase));
    work.tell('job.started', { kind: job.kind, attempt: job.attempt });
    if (given !== undefined) {
      await this.takeIntent(work, job);
      return this.planJob.begin(work, given);
    }
    if (isReset(job.kind)) {
      // What it has found out so far tells which nodes are to be set back again.
      await work.planNextStage();
      return undefined;
    }
    await work.steps.revive(job.id, job.phase === 'compensate' ? 'compensate' : 'forward');
    work.after.dispatch.add(job.siteId);
    return undefined;
  }

  /** Makes a job that waited for its range the one that changes it, if its range still lets it. */
  private async takeTurn(work: JobWork, job: ScheduledJob): Promise<undefined> {
    if (job.rangeId === null || !(await work.jobs.takeTurn(job.id))) return;
    const range = await work.steps.lockRange(job.rangeId);
    assertAllowed(job.kind as JobKind, range.state);
    const { state = range.state, desired = range.desired } = intentOf(job.kind as JobKind);
    work.setRange(state, desired, range.state);
    work.after.again = true;
  }

  /** The range says from the start what is being done to it, also when a retry begins from the beginning. */
  private async takeIntent(work: JobWork, job: ScheduledJob): Promise<void> {
    const { state, desired } = intentOf(job.kind as JobKind);
    if (job.rangeId === null || state === undefined || desired === undefined || job.attempt === 1) return;
    const range = await work.steps.lockRange(job.rangeId);
    work.setRange(state, desired, range.state);
  }
}
