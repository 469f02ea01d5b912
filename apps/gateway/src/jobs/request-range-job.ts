import { Injectable } from '@nestjs/common';
import { assertAllowed, DomainError, intentOf, type JobKind } from '@orion/domain';
import { appendEvents, withCommit } from '@orion/persistence';
import { v7 as uuid7 } from 'uuid';

import { accepted, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { violatedConstraint } from '../http/map-error';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { JOB_DEADLINE_SECONDS } from './job-deadline';
import { JobRelay } from './job-relay';
import { jobView, type AcceptedView } from './job.view';

export interface RangeJobRequest {
  readonly kind: Exclude<JobKind, 'range.deploy' | 'site.check' | 'site.observe'>;
  readonly rangeId: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly deadlineSeconds?: number | undefined;
  /** Waits while another job is changing the range; then nothing of the range is asked before its turn. */
  readonly queued?: boolean;
  /** What else the request needs, in its transaction; the range is locked. */
  readonly prepare?: (stores: Stores, jobId: string) => Promise<void>;
}

/** Stores a job on a range that exists, with its audit event, its first event and its wake-up, in one transaction. */
@Injectable()
export class RequestRangeJob {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly relay: JobRelay,
  ) {}

  /** Throws `range.busy` when another job is changing the range, naming it. */
  execute(caller: Caller, request: RangeJobRequest): Promise<Answer<AcceptedView>> {
    return this.relay.whileAccepting(() => this.accept(caller, request));
  }

  private async accept(caller: Caller, request: RangeJobRequest): Promise<Answer<AcceptedView>> {
    const answer = await namingTheBusyJob(this.unitOfWork, caller, request.rangeId, () =>
      this.unitOfWork.create(caller, (stores) => this.store(stores, caller, request)),
    );
    this.relay.announce(answer.body.job.id, caller);
    return answer;
  }

  private async store(stores: Stores, caller: Caller, request: RangeJobRequest): Promise<Answer<AcceptedView>> {
    const { kind, rangeId } = request;
    const { tenantId } = caller.principal;
    const id = uuid7();
    const params = request.params ?? {};
    // The job first, then the range: whoever ends a job locks in that order, too.
    const added = stores.jobRequests.add({
      id,
      tenantId,
      subject: { rangeId },
      kind,
      params,
      deadlineSeconds: request.deadlineSeconds ?? JOB_DEADLINE_SECONDS[kind],
      traceparent: caller.traceparent,
      createdBy: caller.actor,
      queued: request.queued ?? false,
    });
    const [, range, job] = await Promise.all([added, stores.ranges.lock(rangeId), stores.jobs.get(id)]);
    if (range === undefined || job === undefined) throw notFound('range', rangeId);
    if (request.queued !== true) assertAllowed(kind, range.state);
    await request.prepare?.(stores, id);
    const intent = intentOf(kind);
    if (request.queued !== true && (intent.state !== undefined || intent.desired !== undefined)) {
      withCommit(stores.db, stores.ranges.intend(rangeId, intent));
    }
    const audit = { action: kind, subject: `range:${rangeId}`, data: { jobId: id, ...params } };
    withCommit(stores.db, recordAudit(stores, caller, audit));
    const event = { type: 'job.requested', jobId: id, data: { kind, ...params } };
    withCommit(stores.db, appendEvents(stores.db, { tenantId, rangeId }, [event]));
    return accepted({ job: jobView(job) });
  }
}

/**
 * Runs `attempt`, and when another job turns out to be changing the range, says which one. One that has ended just then is
 * no reason to refuse: the attempt is made once more.
 */
export async function namingTheBusyJob<T>(
  unitOfWork: UnitOfWork,
  caller: Caller,
  rangeId: string,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (violatedConstraint(error) !== 'job_one_changing_per_range') throw error;
    const busy = await unitOfWork.run(caller, (stores) => stores.jobRequests.changing(rangeId));
    if (busy === undefined) return attempt();
    throw rangeBusy(busy);
  }
}

/** `range.busy`, naming the job that is changing the range. */
export function rangeBusy({ id: jobId, kind, state }: { id: string; kind: string; state: string }): DomainError {
  const detail = `The job ${jobId} (${kind}, ${state}) is changing this range.`;
  return new DomainError('range.busy', detail, { jobId, kind, state });
}
