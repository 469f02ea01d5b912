import { Injectable } from '@nestjs/common';
import { estimateEnds } from '@orion/domain';
import { EstimateStore, transaction } from '@orion/persistence';
import { DataSource } from 'typeorm';

/** Estimates when running jobs should end, every few seconds and beside their advance. */
@Injectable()
export class EstimateJobs {
  constructor(private readonly source: DataSource) {}

  /** Where another orchestrator is at it, nothing is done. */
  async execute(): Promise<void> {
    for (const siteId of await EstimateStore.sitesDue(this.source)) {
      await transaction(this.source, async (db) => {
        const backlog = await EstimateStore.backlog(db, siteId);
        if (backlog) await EstimateStore.keep(db, estimateEnds(backlog.steps, backlog.slots));
      });
    }
  }
}
