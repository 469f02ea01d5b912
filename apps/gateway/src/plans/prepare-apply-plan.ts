import { Injectable } from '@nestjs/common';

import { BlueprintDocuments } from '../blueprints/blueprint-documents';
import { siteToCheck } from '../blueprints/validate-blueprint.use-case';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { rangeBusy } from '../jobs/request-range-job';
import { UnitOfWork } from '../persistence/unit-of-work';
import { reasonOf } from './plan.view';
import type { ApplyTask } from './plan-task';
import { assertReturnable } from '../ranges/apply-revision.use-case';
import { problemsAt, reasonOfRefusal } from './problems-at-site';
import { siteAhead } from './site-ahead';

/** Reads what the plan rests on that takes a range to another revision of its blueprint. */
@Injectable()
export class PrepareApplyPlan {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly documents: BlueprintDocuments,
  ) {}

  async prepare(caller: Caller, rangeId: string, revision: number): Promise<ApplyTask> {
    const { against, busy, stuck, ...read } = await this.unitOfWork.run(caller, async (stores) => {
      const range = await stores.ranges.get(rangeId);
      if (range === undefined) throw notFound('range', rangeId);
      const { blueprintId, siteId } = range;
      const [before, after] = await Promise.all([
        stores.blueprints.getNormalised(blueprintId, range.revision),
        stores.blueprints.getNormalised(blueprintId, revision),
      ]);
      if (before === undefined || after === undefined) {
        throw notFound('revision', `${revision} of blueprint ${blueprintId}`);
      }
      const to = await siteToCheck(stores, siteId);
      const [at, held, changing] = await Promise.all([
        siteAhead(stores, to.site),
        stores.lookAhead.heldNodes(rangeId),
        stores.jobRequests.changing(rangeId),
      ]);
      const desired = range.desiredState === 'stopped' ? ('stopped' as const) : ('running' as const);
      const kept = await assertReturnable(stores, rangeId, before, after).then(() => undefined, reasonOfRefusal);
      return { against: to, busy: changing, stuck: kept, before, after, held, desired, ...at };
    });
    const invalid = await problemsAt(this.documents, read.after, against);
    const reasons = [invalid, stuck, busy && reasonOf(rangeBusy(busy))].filter((reason) => reason !== undefined);
    return { kind: 'range.apply', ...read, reasons };
  }
}
