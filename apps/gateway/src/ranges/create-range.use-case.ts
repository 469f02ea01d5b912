import { Injectable } from '@nestjs/common';
import { DomainError, intentOf } from '@orion/domain';
import { appendEvents, withCommit } from '@orion/persistence';
import { v7 as uuid7 } from 'uuid';

import { BlueprintDocuments, type SiteToCheck } from '../blueprints/blueprint-documents';
import { assertValid } from '../blueprints/store-blueprint.use-case';
import { siteToCheck } from '../blueprints/validate-blueprint.use-case';
import { accepted, type Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { JOB_DEADLINE_SECONDS } from '../jobs/job-deadline';
import { JobRelay } from '../jobs/job-relay';
import type { CreateRangeDto } from '../jobs/job.dto';
import { jobView } from '../jobs/job.view';
import type { Stores } from '../persistence/stores';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { rangeView, type AcceptedRangeView } from './range.view';

const REMEMBERED = 1_000;

/** What a request comes down to once its blueprint and site are found. */
interface Target {
  readonly revision: number;
  readonly digest: string;
  readonly normalised: unknown;
  readonly against: SiteToCheck;
}

/** Deploys a blueprint as a range: everything that can be refused is refused before anything is promised. */
@Injectable()
export class CreateRange {
  /** Revisions that fit a site, by digest, site and version of its settings: they need no second check. */
  private readonly fitting = new Set<string>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly documents: BlueprintDocuments,
    private readonly relay: JobRelay,
  ) {}

  /** Throws `blueprint.invalid` with what the site lacks, `range.name_taken`, `site.not_granted` or `site.ambiguous`. */
  execute(caller: Caller, request: CreateRangeDto): Promise<Answer<AcceptedRangeView>> {
    return this.relay.whileAccepting(() => this.accept(caller, request));
  }

  private async accept(caller: Caller, request: CreateRangeDto): Promise<Answer<AcceptedRangeView>> {
    const earlier = await this.unitOfWork.earlierAnswer<AcceptedRangeView>(caller);
    if (earlier) return earlier;
    const target = await this.unitOfWork.run(caller, (stores) => this.find(stores, caller, request));
    await this.assertFits(target);
    const answer = await this.unitOfWork.create(caller, (stores) => this.store(stores, caller, request, target));
    this.relay.announce(answer.body.job.id, caller);
    return answer;
  }

  private async find(stores: Stores, caller: Caller, request: CreateRangeDto): Promise<Target> {
    const { blueprintId } = request;
    const blueprint = await stores.blueprints.get(blueprintId);
    if (blueprint === undefined) throw notFound('blueprint', blueprintId);
    const number = request.revision ?? blueprint.latestRevision;
    const revision = await stores.blueprints.getRevision(blueprintId, number);
    if (revision === undefined) throw notFound('revision', `${number} of blueprint ${blueprintId}`);
    const siteId = request.siteId ?? (await onlySite(stores));
    const against = await siteToCheck(stores, siteId);
    return { revision: number, digest: revision.digest, normalised: revision.normalised, against };
  }

  private async assertFits({ digest, normalised, against }: Target): Promise<void> {
    const key = `${digest} ${against.site.id} ${against.site.version}`;
    if (this.fitting.has(key)) return;
    assertValid(await this.documents.checkStored(normalised, against));
    if (this.fitting.size >= REMEMBERED) this.fitting.clear();
    this.fitting.add(key);
  }

  private async store(stores: Stores, caller: Caller, request: CreateRangeDto, target: Target) {
    const { name, blueprintId, onFailure = 'keep', deadlineSeconds = JOB_DEADLINE_SECONDS['range.deploy'] } = request;
    const { tenantId } = caller.principal;
    const siteId = target.against.site.id;
    const kind = 'range.deploy';
    const { state = 'deploying', desired = 'running' } = intentOf(kind);
    const [rangeId, jobId] = [uuid7(), uuid7()];
    // Until the commit the blueprint cannot be deleted, nor the site closed to the tenant.
    if ((await stores.blueprints.hold(blueprintId)) === undefined) throw notFound('blueprint', blueprintId);
    if (!(await stores.sites.holdGrant(siteId, tenantId)))
      throw new DomainError('site.not_granted', undefined, { siteId });
    await stores.ranges.add({
      id: rangeId,
      tenantId,
      name,
      blueprintId,
      revision: target.revision,
      siteId,
      state,
      desiredState: desired,
      createdBy: caller.actor,
    });
    await stores.jobRequests.add({
      id: jobId,
      tenantId,
      subject: { rangeId },
      kind,
      params: { onFailure },
      deadlineSeconds,
      traceparent: caller.traceparent,
      createdBy: caller.actor,
    });
    const data = { kind, name, blueprintId, revision: target.revision, siteId, onFailure };
    withCommit(
      stores.db,
      recordAudit(stores, caller, { action: kind, subject: `range:${rangeId}`, data: { jobId, ...data } }),
    );
    withCommit(stores.db, appendEvents(stores.db, { tenantId, rangeId }, [{ type: 'job.requested', jobId, data }]));
    const [range, job] = await Promise.all([stores.ranges.get(rangeId), stores.jobs.get(jobId)]);
    if (range === undefined || job === undefined) throw notFound('range', rangeId);
    return accepted({ job: jobView(job), range: rangeView(range) });
  }
}

/** The site of a tenant that has exactly one. */
export async function onlySite({ sites }: Stores): Promise<string> {
  const [first, second] = await sites.list({ limit: 2 });
  if (first === undefined) throw new DomainError('site.not_granted', 'No site is open to this tenant.');
  if (second !== undefined)
    throw new DomainError('site.ambiguous', 'Several sites are open to this tenant: send siteId.');
  return first.id;
}
