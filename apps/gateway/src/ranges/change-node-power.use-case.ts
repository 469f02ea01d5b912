import { Injectable } from '@nestjs/common';

import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import type { AcceptedView } from '../jobs/job.view';
import { RequestRangeJob } from '../jobs/request-range-job';
import { nodeOf } from './read-ranges.use-case';

export interface NodePowerRequest {
  readonly kind: 'node.start' | 'node.stop';
  readonly rangeId: string;
  readonly node: string;
  readonly deadlineSeconds?: number | undefined;
}

/** Starts or stops one node; the others stay as they are. */
@Injectable()
export class ChangeNodePower {
  constructor(private readonly requestRangeJob: RequestRangeJob) {}

  async execute(
    caller: Caller,
    { kind, rangeId, node, deadlineSeconds }: NodePowerRequest,
  ): Promise<Answer<AcceptedView>> {
    return this.requestRangeJob.execute(caller, {
      kind,
      rangeId,
      params: { node },
      deadlineSeconds,
      prepare: async (stores) => {
        await nodeOf(stores, rangeId, node);
      },
    });
  }
}
