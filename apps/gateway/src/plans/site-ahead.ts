import type { SiteAhead, SiteCondition } from '@orion/domain';
import type { SiteRow } from '@orion/persistence';

import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { agentStateOf } from '../sites/agent-state';
import type { RangePlanView } from './plan.view';

/** What plans rest on at a site that is open to the caller. */
export interface SiteToPlanAt {
  readonly site: RangePlanView['site'];
  readonly ahead: SiteAhead;
  readonly condition: SiteCondition;
}

/** Reads a site as a deploy would find it now; what others hold there is seen as sums. */
export async function siteAhead({ sites, lookAhead }: Stores, row: SiteRow): Promise<SiteToPlanAt> {
  const { id, name, hostSlots, storageSlots, agent } = row;
  const [picture, pools, measured, { storages }] = await Promise.all([
    lookAhead.site(id),
    lookAhead.pools(id),
    lookAhead.measured(id),
    sites.capacity(id),
  ]);
  if (picture === undefined || pools === undefined) throw notFound('site', id);
  const inventoryAgeMs = row.inventoryAgeMs === null ? null : Math.round(row.inventoryAgeMs);
  const { vmIdsFree, vlanTagsFree, jobsRunning, jobsPending } = pools;
  return {
    site: { id, name, inventoryAgeMs },
    ahead: {
      ...picture,
      slots: { perHost: hostSlots, perStorage: storageSlots },
      vmIdsFree,
      networksFree: vlanTagsFree,
      measured,
    },
    condition: {
      inventoryAgeMs,
      agentState: agentStateOf(agent?.silentMs ?? null),
      storages,
      jobsRunning,
      jobsPending,
      measured: measured.length > 0,
    },
  };
}
