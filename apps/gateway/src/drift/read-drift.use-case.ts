import { Injectable } from '@nestjs/common';

import type { Caller } from '../http/caller';
import { numberCursor, pageOf } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { timeView } from '../jobs/job.view';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { DriftQuery } from './drift.dto';
import { rangeDriftItem, siteDriftItem, type RangeDriftView, type SiteDriftView } from './drift.view';

/** Answers how what is there differs from what should be, as the site was last looked at. */
@Injectable()
export class ReadDrift {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  ofRange(caller: Caller, rangeId: string, { cursor, limit, kind }: DriftQuery): Promise<RangeDriftView> {
    return this.unitOfWork.run(caller, async ({ ranges, drift, jobRequests }) => {
      const siteId = await ranges.siteOf(rangeId);
      if (siteId === undefined) throw notFound('range', rangeId);
      const rows = await drift.ofRange(rangeId, { after: numberCursor(cursor) ?? -1, kind, limit: limit + 1 });
      const { items, nextCursor } = pageOf(rows, limit, (row) => row.place, rangeDriftItem);
      return {
        observedAt: timeView(await drift.observedAt(siteId)),
        changingJobId: (await jobRequests.changing(rangeId))?.id ?? null,
        items: [...items],
        nextCursor,
      };
    });
  }

  ofSite(caller: Caller, siteId: string, { cursor, limit, kind }: DriftQuery): Promise<SiteDriftView> {
    return this.unitOfWork.run(
      caller,
      async ({ sites, drift }) => {
        if ((await sites.get(siteId)) === undefined) throw notFound('site', siteId);
        const rows = await drift.ofSite(siteId, { after: numberCursor(cursor) ?? -1, kind, limit: limit + 1 });
        const { items, nextCursor } = pageOf(rows, limit, (row) => row.place, siteDriftItem);
        return { observedAt: timeView(await drift.observedAt(siteId)), items: [...items], nextCursor };
      },
      'platform',
    );
  }
}
