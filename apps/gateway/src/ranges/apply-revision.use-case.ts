import { Injectable } from '@nestjs/common';
import { DomainError, revisionDifferences, type NormalisedBlueprint } from '@orion/domain';

import { BlueprintDocuments } from '../blueprints/blueprint-documents';
import { assertValid } from '../blueprints/store-blueprint.use-case';
import { siteToCheck } from '../blueprints/validate-blueprint.use-case';
import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { AcceptedView } from '../jobs/job.view';
import { RequestRangeJob } from '../jobs/request-range-job';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { ApplyDto } from './range.dto';

/** Takes a range to another revision of its blueprint. From which one is fixed when the request is accepted. */
@Injectable()
export class ApplyRevision {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly documents: BlueprintDocuments,
    private readonly requestRangeJob: RequestRangeJob,
  ) {}

  /** Throws `blueprint.invalid` with what the site lacks, and `baseline.unsupported` where a change could not be taken back. */
  async execute(
    caller: Caller,
    rangeId: string,
    { revision, deadlineSeconds }: ApplyDto,
  ): Promise<Answer<AcceptedView>> {
    const { from, after, against } = await this.unitOfWork.run(caller, async (stores) => {
      const range = await stores.ranges.get(rangeId);
      if (range === undefined) throw notFound('range', rangeId);
      const wanted = await stores.blueprints.getNormalised(range.blueprintId, revision);
      if (wanted === undefined) throw notFound('revision', `${revision} of blueprint ${range.blueprintId}`);
      return { from: range.revision, after: wanted, against: await siteToCheck(stores, range.siteId) };
    });
    assertValid(await this.documents.checkNormalised(after, against));
    return this.requestRangeJob.execute(caller, {
      kind: 'range.apply',
      rangeId,
      params: { from, revision },
      deadlineSeconds,
      prepare: async (stores) => {
        const range = await stores.ranges.get(rangeId);
        if (range === undefined) throw notFound('range', rangeId);
        if (range.revision !== from) {
          const detail = `The range has gone to revision ${range.revision} meanwhile.`;
          throw new DomainError('range.illegal_state', detail, { revision: range.revision });
        }
        const before = await stores.blueprints.getNormalised(range.blueprintId, from);
        if (before !== undefined) await assertReturnable(stores, rangeId, before, after);
      },
    });
  }
}

/** Refuses to change nodes whose storage takes no snapshots: they could not return to what they were. */
export async function assertReturnable(
  { baselines, lookAhead }: Stores,
  rangeId: string,
  before: string,
  after: string,
): Promise<void> {
  const without = (await baselines.storages(rangeId)).filter(({ snapshots }) => !snapshots).map(({ name }) => name);
  if (without.length === 0) return;
  const read = (text: string): NormalisedBlueprint => JSON.parse(text) as NormalisedBlueprint;
  const { changed } = revisionDifferences(read(before), read(after)).nodes;
  const touched = new Set(changed.filter(({ effect }) => effect === 'restart').map(({ name }) => name));
  const stuck = (await lookAhead.heldNodes(rangeId)).filter(({ name, storage }) => {
    return touched.has(name) && without.includes(storage);
  });
  if (stuck.length === 0) return;
  const nodes = stuck.map(({ name }) => name);
  const detail = `${nodes.slice(0, 5).join(', ')} would be changed, and could not return to what they were: these storages take no snapshots: ${without.join(', ')}.`;
  throw new DomainError('baseline.unsupported', detail, { storages: without, nodes: nodes.slice(0, 100) });
}
