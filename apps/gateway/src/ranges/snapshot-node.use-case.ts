import { Injectable } from '@nestjs/common';

import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import type { AcceptedView } from '../jobs/job.view';
import { RequestRangeJob } from '../jobs/request-range-job';
import type { SnapshotNodeDto } from '../jobs/job.dto';
import { nodeOf } from './read-ranges.use-case';

type SnapshotRequest = Pick<SnapshotNodeDto, 'name' | 'description' | 'memory' | 'deadlineSeconds'>;

/** Takes a snapshot of one node. Its name is taken at once (`snapshot.name_taken`), and freed when the job fails. */
@Injectable()
export class SnapshotNode {
  constructor(private readonly requestRangeJob: RequestRangeJob) {}

  async execute(
    caller: Caller,
    rangeId: string,
    node: string,
    { name, description = '', memory = false, deadlineSeconds }: SnapshotRequest,
  ): Promise<Answer<AcceptedView>> {
    return this.requestRangeJob.execute(caller, {
      kind: 'node.snapshot',
      rangeId,
      params: { node, name, description, memory },
      deadlineSeconds,
      prepare: async (stores, jobId) => {
        await nodeOf(stores, rangeId, node);
        const { tenantId } = caller.principal;
        await stores.nodes.addSnapshot({ tenantId, rangeId, node, name, description, memory, jobId });
      },
    });
  }
}
