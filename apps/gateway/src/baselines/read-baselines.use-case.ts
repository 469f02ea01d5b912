import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import type { BaselineRow } from '@orion/persistence';

import type { Caller } from '../http/caller';
import type { Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import { baselineDetailView, baselineView, type BaselineDetailView, type BaselineView } from './baseline.view';

/** Answers what baselines ranges have. */
@Injectable()
export class ReadBaselines {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  list(caller: Caller, rangeId: string): Promise<Page<BaselineView>> {
    return this.unitOfWork.run(caller, async (stores) => {
      await assertRange(stores, rangeId);
      return { items: (await stores.baselines.list(rangeId)).map(baselineView), nextCursor: null };
    });
  }

  get(caller: Caller, rangeId: string, name: string): Promise<BaselineDetailView> {
    return this.unitOfWork.run(caller, async (stores) => {
      await assertRange(stores, rangeId);
      const row = await baselineOf(stores, rangeId, name);
      return baselineDetailView(row, await stores.baselines.manifest(row.id));
    });
  }
}

async function assertRange({ ranges }: Stores, rangeId: string): Promise<void> {
  if ((await ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
}

/** The baseline of a range that the caller can see; `baseline.missing` when there is none of that name, or no current one. */
export async function baselineOf({ baselines }: Stores, rangeId: string, name?: string): Promise<BaselineRow> {
  const row = name === undefined ? await baselines.current(rangeId) : await baselines.get(rangeId, name);
  if (row !== undefined) return row;
  const detail =
    name === undefined ? 'The range has no current baseline: take one, or name one.' : `There is no baseline ${name}.`;
  throw new DomainError('baseline.missing', detail, name === undefined ? {} : { baseline: name });
}
