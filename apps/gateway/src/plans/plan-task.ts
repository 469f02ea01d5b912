import {
  FORECAST_WARNINGS,
  forecastApply,
  forecastDeploy,
  forecastReset,
  warningsOf,
  type HeldDisk,
  type NormalisedBlueprint,
  type ResetRequest,
  type SiteAhead,
  type SiteCondition,
} from '@orion/domain';

import { reasonView, type RangePlanView, type ReasonView } from './plan.view';

interface Task {
  readonly site: RangePlanView['site'];
  readonly condition: SiteCondition;
  /** What is known to be in the way before anything is placed. */
  readonly reasons: readonly ReasonView[];
}
/** A deploy of a normalised blueprint, as JSON: what is large is neither read nor written but where it is worked on. */
export interface DeployTask extends Task {
  readonly kind: 'range.deploy';
  readonly blueprint: string;
  readonly ahead: SiteAhead;
}
export interface ResetTask extends Task {
  readonly kind: 'range.reset';
  /** Undefined: there is none to return to. */
  readonly request?: ResetRequest & { readonly name: string };
}
/** From one revision of a blueprint to another, both as JSON. */
export interface ApplyTask extends Task {
  readonly kind: 'range.apply';
  readonly before: string;
  readonly after: string;
  readonly held: readonly HeldDisk[];
  readonly desired: 'running' | 'stopped';
  readonly ahead: SiteAhead;
}
export type PlanTask = DeployTask | ResetTask | ApplyTask;

/** Works a plan out. Takes tens of milliseconds per thousand nodes. */
export function performTask(task: PlanTask): RangePlanView {
  switch (task.kind) {
    case 'range.deploy':
      return planOfDeploy(task);
    case 'range.reset':
      return planOfReset(task);
    case 'range.apply':
      return planOfApply(task);
  }
}

function planOfDeploy({ blueprint, ahead, ...task }: DeployTask): RangePlanView {
  const forecast = forecastDeploy(JSON.parse(blueprint) as NormalisedBlueprint, ahead);
  const { nodes, networks, needs, steps, expectedMs } = forecast;
  return {
    ...answer(task, [...task.reasons, ...forecast.reasons.map(reasonView)], nodes),
    ...{ kind: task.kind, steps, deploy: { nodes, networks, needs } },
    estimatedSeconds: task.reasons.length > 0 ? null : secondsOf(expectedMs),
  };
}

function planOfReset({ request, ...task }: ResetTask): RangePlanView {
  const { kind, reasons } = task;
  if (request === undefined) return { ...answer(task, reasons, []), kind, steps: 0, estimatedSeconds: null };
  const { nodes, steps, expectedMs } = forecastReset(request);
  return {
    ...answer(task, reasons, nodes),
    ...{ kind, steps, reset: { baseline: request.name, mode: request.baseline.mode, nodes } },
    estimatedSeconds: reasons.length > 0 ? null : secondsOf(expectedMs),
  };
}

function planOfApply({ before, after, held, desired, ahead, ...task }: ApplyTask): RangePlanView {
  const read = (text: string): NormalisedBlueprint => JSON.parse(text) as NormalisedBlueprint;
  const forecast = forecastApply(read(before), read(after), held, desired, ahead);
  const { differences, nodes, networks, needs, steps, expectedMs, reasons } = forecast;
  return {
    ...answer(task, [...task.reasons, ...reasons.map(reasonView)], nodes),
    ...{ kind: task.kind, steps, changes: differences, deploy: { nodes, networks, needs } },
    estimatedSeconds: task.reasons.length > 0 ? null : secondsOf(expectedMs),
  };
}

function answer(
  { site, condition }: Task,
  reasons: readonly ReasonView[],
  nodes: readonly { readonly storage: string }[],
): Pick<RangePlanView, 'site' | 'possible' | 'reasons' | 'warnings'> {
  const warnings = warningsOf(nodes, condition);
  return {
    site,
    possible: reasons.length === 0,
    reasons,
    warnings: warnings.map(({ code, detail }) => ({ code, title: FORECAST_WARNINGS[code], detail })),
  };
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms / 1_000);
}
