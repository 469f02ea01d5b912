import { Injectable } from '@nestjs/common';
import { assertRetryable, intentOf, type JobKind } from '@orion/domain';
import { appendEvents } from '@orion/persistence';

import { accepted, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { JobRelay } from './job-relay';
import { jobView, type AcceptedView } from './job.view';
import { namingTheBusyJob } from './request-range-job';

/** Kinds that are taken back whole, after which there is nothing to go on with. */
const UNDONE: ReadonlySet<string> = new Set<JobKind>(['baseline.create', 'range.apply']);

/** Lets a failed job go on from the steps that failed; what succeeded is not repeated. */
@Injectable()
export class RetryJob {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly relay: JobRelay,
  ) {}

  async execute(caller: Caller, jobId: string): Promise<Answer<AcceptedView>> {
    const rangeId = await this.unitOfWork.run(caller, async (stores) => (await stores.jobs.get(jobId))?.rangeId);
    if (rangeId === undefined) throw notFound('job', jobId);
    const answer = await namingTheBusyJob(this.unitOfWork, caller, rangeId ?? jobId, () =>
      this.unitOfWork.create(caller, (stores) => this.resume(stores, caller, jobId)),
    );
    this.relay.announce(jobId, caller);
    return answer;
  }

  private async resume(stores: Stores, caller: Caller, jobId: string): Promise<Answer<AcceptedView>> {
    const { tenantId } = caller.principal;
    const job = await stores.jobRequests.lock(jobId);
    if (job === undefined) throw notFound('job', jobId);
    const latestJobId = job.rangeId === null ? jobId : await stores.jobRequests.latestOf(job.rangeId);
    const undone = job.undone && UNDONE.has(job.kind);
    assertRetryable(job, { latestJobId, undone });
    await stores.jobRequests.retry(tenantId, jobId);
    if (job.rangeId !== null) {
      const range = await stores.ranges.lock(job.rangeId);
      assertRetryable(job, { latestJobId, rangeState: range?.state });
      await stores.ranges.intend(job.rangeId, intentOf(job.kind));
    }
    const stream = job.rangeId === null ? { tenantId, jobId } : { tenantId, rangeId: job.rangeId };
    const attempt = job.attempt + 1;
    await appendEvents(stores.db, stream, [{ type: 'job.retry_requested', jobId, data: { attempt } }]);
    await recordAudit(stores, caller, { action: 'job.retry', subject: `job:${jobId}`, data: { attempt } });
    const resumed = await stores.jobs.get(jobId);
    if (resumed === undefined) throw notFound('job', jobId);
    return accepted({ job: jobView(resumed) });
  }
}
