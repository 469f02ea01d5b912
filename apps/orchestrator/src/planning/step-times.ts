import { Injectable } from '@nestjs/common';
import { timesFrom, type TimesOf } from '@orion/domain';
import { EstimateStore } from '@orion/persistence';
import { monotonicMs } from '@orion/runtime';
import type { EntityManager } from 'typeorm';

/** Times change slowly, and planning should not wait for them. */
const KEPT_MS = 30_000;

/** What steps lately took at each site, so that plans and estimates rest on it rather than on what is usual elsewhere. */
@Injectable()
export class StepTimes {
  private readonly sites = new Map<string, { readonly timesOf: TimesOf; readonly readAt: number }>();

  /** Times of a host where there are enough, else of all hosts of the site. */
  async of(db: EntityManager, siteId: string): Promise<TimesOf> {
    const kept = this.sites.get(siteId);
    if (kept && monotonicMs() - kept.readAt < KEPT_MS) return kept.timesOf;
    const measured = await EstimateStore.measured(db, siteId);
    const timesOf = timesFrom(measured);
    if (measured.length > 0) this.sites.set(siteId, { timesOf, readAt: monotonicMs() });
    return timesOf;
  }
}
