import { Injectable } from '@nestjs/common';
import { appendEvents } from '@orion/persistence';
import { v7 as uuid7 } from 'uuid';

import { accepted, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { JOB_DEADLINE_SECONDS } from './job-deadline';
import { JobRelay } from './job-relay';
import { jobView, type AcceptedView } from './job.view';

export interface SiteJobRequest {
  readonly kind: 'site.check' | 'site.observe';
  readonly siteId: string;
  readonly deadlineSeconds?: number | undefined;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Ten minutes for a boot, and some templates that wait for each other's slots. */
const BOOT_DEADLINE_SECONDS = 3_600;

/** Asks the site's agent to look: at what a deploy would trip over, or at what is there. */
@Injectable()
export class RequestSiteJob {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly relay: JobRelay,
  ) {}

  /** The doctor. Cloning templates for a moment takes as long as they boot. */
  check(
    caller: Caller,
    siteId: string,
    { templates, deadlineSeconds }: { readonly templates?: 'boot'; readonly deadlineSeconds?: number } = {},
  ): Promise<Answer<AcceptedView>> {
    const kind = 'site.check';
    if (templates === undefined) return this.execute(caller, { kind, siteId, deadlineSeconds });
    return this.execute(caller, {
      kind,
      siteId,
      params: { templates },
      deadlineSeconds: deadlineSeconds ?? BOOT_DEADLINE_SECONDS,
    });
  }

  async execute(
    caller: Caller,
    { kind, siteId, params = {}, deadlineSeconds }: SiteJobRequest,
  ): Promise<Answer<AcceptedView>> {
    const { tenantId } = caller.principal;
    const answer = await this.unitOfWork.create(
      caller,
      async (stores) => {
        if ((await stores.sites.get(siteId)) === undefined) throw notFound('site', siteId);
        const id = uuid7();
        await stores.jobRequests.add({
          id,
          tenantId,
          subject: { siteId },
          kind,
          params,
          deadlineSeconds: deadlineSeconds ?? JOB_DEADLINE_SECONDS[kind],
          traceparent: caller.traceparent,
          createdBy: caller.actor,
        });
        await recordAudit(stores, caller, { action: kind, subject: `site:${siteId}`, data: { jobId: id, ...params } });
        await appendEvents(stores.db, { tenantId, jobId: id }, [{ type: 'job.requested', data: { kind, ...params } }]);
        const job = await stores.jobs.get(id);
        if (job === undefined) throw notFound('job', id);
        return accepted({ job: jobView(job) });
      },
      { reach: 'platform' },
    );
    this.relay.announce(answer.body.job.id, caller);
    return answer;
  }
}
