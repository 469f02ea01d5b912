import type { JobKind } from '../jobs/job';
import { planApply } from './plan-apply';
import { planBaseline, planBaselineRemoval } from './plan-baseline';
import { PlanBuilder } from './plan-builder';
import { planDeploy } from './plan-deploy';
import { planDestroy } from './plan-destroy';
import { planNodeSnapshot, planNodeStart, planNodeStop, planRangeStart, planRangeStop } from './plan-power';
import { planRepair } from './plan-repair';
import { planReset } from './plan-reset';
import type { PlannedStep, Planner, PlanRequest } from './planned-step';

/** One step for the doctor; and one for each clone of a template that is to be booted, when there are any. */
export function planSiteCheck(request: Pick<PlanRequest, 'timesOf' | 'slots' | 'nodes'>): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const looked = plan.onSite('site.check', 'site', []);
  for (const clone of request.nodes) plan.onNode('template.boot', clone, [looked]);
  return plan.build();
}

/** One step for a new picture of the site. */
export function planSiteObservation(request: Pick<PlanRequest, 'timesOf'>): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  plan.onSite('site.observe', 'site', []);
  return plan.build();
}

/** The planner of each kind of job: a kind without one does not compile. */
export const PLANNERS: Readonly<Record<JobKind, Planner>> = {
  'range.deploy': planDeploy,
  'range.destroy': planDestroy,
  'range.start': planRangeStart,
  'range.stop': planRangeStop,
  'range.repair': (request) => (request.repairs === undefined ? planSiteObservation(request) : planRepair(request)),
  'node.start': planNodeStart,
  'node.stop': planNodeStop,
  'node.snapshot': planNodeSnapshot,
  'baseline.create': planBaseline,
  'baseline.delete': planBaselineRemoval,
  'range.apply': planApply,
  'range.reset': planReset,
  'node.reset': planReset,
  'site.check': planSiteCheck,
  'site.observe': planSiteObservation,
};
