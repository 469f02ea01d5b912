import { Injectable } from '@nestjs/common';
import { assertAllowed, DomainError, type NodeSpec } from '@orion/domain';
import { PlanStore } from '@orion/persistence';

import { assertReturnPossible } from '../baselines/baseline-checks';
import { baselineOf } from '../baselines/read-baselines.use-case';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import { rangeBusy } from '../jobs/request-range-job';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { PlanResetDto } from './plan.dto';
import { reasonOf, type ReasonView } from './plan.view';
import type { ResetTask } from './plan-task';
import { siteAhead, type SiteToPlanAt } from './site-ahead';

/** Reads what the plan of a reset rests on, and asks what the reset's request would be refused for. */
@Injectable()
export class PrepareResetPlan {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  prepare(caller: Caller, rangeId: string, { baseline: wanted }: PlanResetDto): Promise<ResetTask> {
    return this.unitOfWork.run(caller, async (stores) => {
      const range = await stores.ranges.get(rangeId);
      if (range === undefined) throw notFound('range', rangeId);
      const site = await stores.sites.get(range.siteId);
      if (site === undefined) throw notFound('site', range.siteId);
      const at = await siteAhead(stores, site);
      const reasons: ReasonView[] = [];
      const busy = await stores.jobRequests.changing(rangeId);
      if (busy) reasons.push(reasonOf(rangeBusy(busy)));
      await noted(reasons, () => assertAllowed('range.reset', range.state));
      const baseline = await noted(reasons, () => baselineOf(stores, rangeId, wanted));
      if (baseline) await noted(reasons, () => assertReturnPossible(stores, rangeId, baseline));
      const request = baseline && (await resetRequest(stores, rangeId, baseline.id, at));
      const { ahead: _, ...told } = at;
      return { kind: 'range.reset', ...told, reasons, ...(request && { request }) };
    });
  }
}

async function resetRequest({ db, baselines }: Stores, rangeId: string, baselineId: string, { ahead }: SiteToPlanAt) {
  const plan = new PlanStore<NodeSpec>(db);
  const [nodes, networks, baseline] = await Promise.all([
    plan.nodes(rangeId),
    plan.networks(rangeId),
    baselines.ofId(baselineId),
  ]);
  if (baseline === undefined) return undefined;
  const { slots, measured } = ahead;
  return { name: baseline.name, nodes, networks: networks.map(({ name }) => name), baseline, slots, measured };
}

/** Notes what a check refuses, and goes on. */
async function noted<T>(reasons: ReasonView[], check: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    reasons.push(reasonOf(error));
    return undefined;
  }
}
