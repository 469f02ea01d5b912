import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { v7 as uuid7 } from 'uuid';

import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { AcceptedView } from '../jobs/job.view';
import { RequestRangeJob } from '../jobs/request-range-job';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { assertBaselinePossible } from './baseline-checks';
import type { CreateBaselineDto } from './baseline.dto';
import { baselineView, type BaselineView } from './baseline.view';
import { baselineOf } from './read-baselines.use-case';

type BaselineRequest = Pick<CreateBaselineDto, 'name' | 'description' | 'mode' | 'deadlineSeconds'>;

/** Takes, chooses and removes baselines. */
@Injectable()
export class ChangeBaselines {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly requestRangeJob: RequestRangeJob,
  ) {}

  /**
   * The name is taken at once (`baseline.name_taken`), and free again when the job fails. What the site cannot keep is
   * refused before anything is stopped.
   */
  create(
    caller: Caller,
    rangeId: string,
    { name, description = '', mode = 'disk', deadlineSeconds }: BaselineRequest,
  ): Promise<Answer<AcceptedView>> {
    const id = uuid7();
    return this.requestRangeJob.execute(caller, {
      kind: 'baseline.create',
      rangeId,
      params: { baselineId: id, name, mode },
      deadlineSeconds,
      prepare: async (stores, jobId) => {
        await assertBaselinePossible(stores, rangeId, { name, mode });
        const { tenantId } = caller.principal;
        const snapshot = `orion-${name}`;
        const createdBy = caller.actor;
        await stores.baselines.add({ id, tenantId, rangeId, name, description, mode, snapshot, jobId, createdBy });
      },
    });
  }

  async remove(caller: Caller, rangeId: string, name: string, deadlineSeconds?: number): Promise<Answer<AcceptedView>> {
    const { id } = await this.find(caller, rangeId, name);
    return this.requestRangeJob.execute(caller, {
      kind: 'baseline.delete',
      rangeId,
      params: { baselineId: id, name },
      deadlineSeconds,
      prepare: async (stores, jobId) => {
        await baselineOf(stores, rangeId, name);
        await stores.baselines.setState(id, 'removing', jobId);
      },
    });
  }

  /** Resets return to it from now on, unless they name another. */
  choose(caller: Caller, rangeId: string, name: string): Promise<BaselineView> {
    return this.unitOfWork.run(caller, async (stores) => {
      if ((await stores.ranges.lock(rangeId)) === undefined) throw notFound('range', rangeId);
      const row = await baselineOf(stores, rangeId, name);
      if (row.state !== 'ready') {
        throw new DomainError('baseline.not_ready', `The baseline ${name} is ${row.state}.`, { state: row.state });
      }
      await stores.baselines.makeCurrent(rangeId, row.id);
      await recordAudit(stores, caller, { action: 'baseline.choose', subject: `range:${rangeId}`, data: { name } });
      return baselineView({ ...row, current: true });
    });
  }

  private find(caller: Caller, rangeId: string, name: string) {
    return this.unitOfWork.run(caller, async (stores) => {
      if ((await stores.ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
      return baselineOf(stores, rangeId, name);
    });
  }
}
