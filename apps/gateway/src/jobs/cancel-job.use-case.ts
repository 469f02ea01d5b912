import { Injectable } from '@nestjs/common';
import { DomainError, isEnded } from '@orion/domain';
import { appendEvents } from '@orion/persistence';

import { accepted, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { JobRelay } from './job-relay';
import { jobView, type AcceptedView } from './job.view';

/** Asks for the end of a job: what runs is stopped, then what it made is removed. Repeating it changes nothing. */
@Injectable()
export class CancelJob {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly relay: JobRelay,
  ) {}

  async execute(caller: Caller, jobId: string): Promise<Answer<AcceptedView>> {
    const { tenantId } = caller.principal;
    const answer = await this.unitOfWork.create(caller, async (stores) => {
      const locked = await stores.jobRequests.lock(jobId);
      if (locked === undefined) throw notFound('job', jobId);
      if (isEnded(locked.state)) {
        const detail = `A job that is ${locked.state} cannot be cancelled.`;
        throw new DomainError('job.illegal_transition', detail, { jobId, from: locked.state, to: 'cancelled' });
      }
      const job = await stores.jobs.get(jobId);
      if (job === undefined) throw notFound('job', jobId);
      if (job.cancelRequested) return accepted({ job: jobView(job) });
      await stores.jobRequests.cancel(tenantId, jobId);
      const stream = locked.rangeId === null ? { tenantId, jobId } : { tenantId, rangeId: locked.rangeId };
      await appendEvents(stores.db, stream, [{ type: 'job.cancel_requested', jobId }]);
      await recordAudit(stores, caller, { action: 'job.cancel', subject: `job:${jobId}` });
      return accepted({ job: jobView({ ...job, cancelRequested: true }) });
    });
    this.relay.announce(jobId, caller);
    return answer;
  }
}
