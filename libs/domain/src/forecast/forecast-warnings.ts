/** What does not keep a job from succeeding, and should be known before it is asked for. */
export const FORECAST_WARNINGS = {
  'inventory.old': 'The picture of the site is old',
  'agent.not_online': 'No agent works at the site',
  'snapshot.impossible': 'The storage takes no snapshots',
  'estimate.unmeasured': 'Nothing was measured at the site yet',
  'site.occupied': 'Other jobs use the site',
} as const;
export type ForecastWarningCode = keyof typeof FORECAST_WARNINGS;

export interface ForecastWarning {
  readonly code: ForecastWarningCode;
  readonly detail: string;
}

/** How a site is at the moment. */
export interface SiteCondition {
  /** Null before the first inventory. */
  readonly inventoryAgeMs: number | null;
  readonly agentState: string;
  readonly storages: readonly { readonly name: string; readonly snapshots: boolean }[];
  readonly jobsRunning: number;
  readonly jobsPending: number;
  /** Whether there are measured times at all. */
  readonly measured: boolean;
}

/** Inventories come each minute. */
const OLD_MS = 5 * 60_000;

/** What to know of a job whose nodes live on these storages, beyond the reasons for which it would fail. */
export function warningsOf(
  nodes: readonly { readonly storage: string }[],
  site: SiteCondition,
): readonly ForecastWarning[] {
  const warnings: ForecastWarning[] = [];
  if (site.inventoryAgeMs !== null && site.inventoryAgeMs > OLD_MS) {
    const minutes = Math.floor(site.inventoryAgeMs / 60_000);
    warnings.push({ code: 'inventory.old', detail: `The site was last looked at ${minutes} minutes ago.` });
  }
  if (site.agentState !== 'online') {
    const detail = `The agent of the site is ${site.agentState}: the job would wait for it.`;
    warnings.push({ code: 'agent.not_online', detail });
  }
  for (const { name } of site.storages.filter(({ snapshots }) => !snapshots)) {
    const count = nodes.filter(({ storage }) => storage === name).length;
    if (count === 0) continue;
    const detail = `The storage ${name} takes no snapshots: with ${count} nodes on it the range can have no baseline.`;
    warnings.push({ code: 'snapshot.impossible', detail });
  }
  if (!site.measured) {
    const detail = 'No job has ended at the site lately: the estimate rests on usual times.';
    warnings.push({ code: 'estimate.unmeasured', detail });
  }
  if (site.jobsRunning + site.jobsPending > 0) {
    const detail = `${site.jobsRunning} jobs run at the site and ${site.jobsPending} wait: the estimate is without them.`;
    warnings.push({ code: 'site.occupied', detail });
  }
  return warnings;
}
