import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';

import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { AcceptedView } from '../jobs/job.view';
import { RequestRangeJob, type RangeJobRequest } from '../jobs/request-range-job';
import { UnitOfWork } from '../persistence/unit-of-work';
import { nodeOf } from '../ranges/read-ranges.use-case';
import { assertReturnPossible } from './baseline-checks';
import type { ResetDto } from './baseline.dto';
import { baselineOf } from './read-baselines.use-case';

type ResetRequest = Pick<ResetDto, 'baseline' | 'queue' | 'deadlineSeconds'>;

/** Returns a range, or one of its nodes, to a baseline. Which one is fixed when the request is accepted. */
@Injectable()
export class ResetRange {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly requestRangeJob: RequestRangeJob,
  ) {}

  async execute(
    caller: Caller,
    rangeId: string,
    { baseline: wanted, queue = false, deadlineSeconds }: ResetRequest,
    node?: string,
  ): Promise<Answer<AcceptedView>> {
    const { id, name } = await this.unitOfWork.run(caller, async (stores) => {
      if ((await stores.ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
      return baselineOf(stores, rangeId, wanted);
    });
    const request: RangeJobRequest = {
      kind: node === undefined ? 'range.reset' : 'node.reset',
      rangeId,
      params: { baselineId: id, baseline: name, ...(node !== undefined && { node }) },
      deadlineSeconds,
      prepare: async (stores) => {
        if (node !== undefined) await nodeOf(stores, rangeId, node);
        await assertReturnPossible(stores, rangeId, await baselineOf(stores, rangeId, name));
      },
    };
    try {
      return await this.requestRangeJob.execute(caller, request);
    } catch (error) {
      if (!queue || !(error instanceof DomainError) || error.code !== 'range.busy') throw error;
      return this.requestRangeJob.execute(caller, { ...request, queued: true });
    }
  }
}
