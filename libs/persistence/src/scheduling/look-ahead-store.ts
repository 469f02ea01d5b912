import type { HeldDisk, MeasuredTime } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';
import { sitePictureSql, type SitePicture } from './plan-store';

/** What is left of a site's pools, and what its slots are shared with. */
export interface SitePools {
  readonly vmIdsFree: number;
  readonly vlanTagsFree: number;
  readonly jobsRunning: number;
  readonly jobsPending: number;
}

// A tenant sees what the others hold as sums alone.
const SITE = statement(
  'look-ahead-site',
  sitePictureSql(`SELECT host, reserved_mib AS "reservedMiB", running_mib AS "runningMiB" FROM orion_site_use($1)`),
);
const POOLS = statement(
  'look-ahead-pools',
  `SELECT vm_ids_free AS "vmIdsFree", vlan_tags_free AS "vlanTagsFree", jobs_running AS "jobsRunning",
          jobs_pending AS "jobsPending" FROM orion_site_pools($1)`,
);
const STEP_TIMES = statement(
  'look-ahead-step-times',
  `SELECT kind, host, full_clone AS "fullClone", median_ms AS "medianMs" FROM orion_site_step_times($1)`,
);

const HELD_NODES = statement(
  'look-ahead-held-nodes',
  `SELECT name, host, memory_mib AS "memoryMiB", state = 'running' AS running, storage,
          (spec ->> 'storageShared')::boolean AS "storageShared"
     FROM range_node WHERE range_id = $1 AND state <> 'destroyed' ORDER BY ordinal`,
);

/** What a plan rests on, for a role that sees one tenant. Of a site that is not granted to it there is nothing. */
export class LookAheadStore {
  constructor(private readonly db: EntityManager) {}

  /** The picture that a deploy is placed by. */
  async site(siteId: string): Promise<SitePicture | undefined> {
    return (await execute<SitePicture>(this.db, SITE, [siteId]))[0];
  }

  async pools(siteId: string): Promise<SitePools | undefined> {
    return (await execute<SitePools>(this.db, POOLS, [siteId]))[0];
  }

  /** What a range of the tenant that is set holds of its site. */
  async heldNodes(rangeId: string): Promise<HeldDisk[]> {
    return execute<HeldDisk>(this.db, HELD_NODES, [rangeId]);
  }

  /** Times that plans and estimates of the site rest on. */
  async measured(siteId: string): Promise<MeasuredTime[]> {
    return execute<MeasuredTime>(this.db, STEP_TIMES, [siteId]);
  }
}
