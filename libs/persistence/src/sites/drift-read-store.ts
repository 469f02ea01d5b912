import type { DriftKind } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A difference as it was found last; `since` is when it was first seen. */
export interface DriftRow {
  /** Where it stands in the list of its site. */
  readonly place: number;
  readonly kind: DriftKind;
  /** Null: it is about a VNet. */
  readonly vmId: number | null;
  readonly vnet: string | null;
  readonly tenantId: string | null;
  readonly rangeId: string | null;
  readonly node: string | null;
  readonly detail: string;
  readonly since: Date;
}

export interface DriftPage {
  /** Place after which the page begins. */
  readonly after: number;
  readonly kind?: DriftKind | undefined;
  readonly limit: number;
}

const DRIFT = `vm_id AS place, NULL AS vnet, kind, vm_id AS "vmId", tenant_id AS "tenantId", range_id AS "rangeId", node, detail, since`;
const OF_RANGE = statement(
  'drift-read-range',
  `SELECT ${DRIFT} FROM site_drift WHERE range_id = $1 AND vm_id > $2 AND ($3::text IS NULL OR kind = $3)
    ORDER BY vm_id LIMIT $4`,
);
const OF_SITE = statement(
  'drift-read-site',
  `SELECT * FROM (
     SELECT ${DRIFT} FROM site_drift WHERE site_id = $1
     UNION ALL
     SELECT (1000000000 + row_number() OVER (ORDER BY name))::int, name, 'orphan', NULL, NULL, NULL, NULL, detail, since
       FROM site_vnet_orphan WHERE site_id = $1
   ) d WHERE place > $2 AND ($3::text IS NULL OR kind = $3) ORDER BY place LIMIT $4`,
);
const OBSERVED_AT = statement(
  'drift-observed-at',
  `SELECT inventory_at AS "observedAt" FROM site_agent WHERE site_id = $1`,
);

/** What differed when sites were last looked at, as far as the transaction sees it. At most one difference a VM id. VM ids end below a thousand million. */
export class DriftReadStore {
  constructor(private readonly db: EntityManager) {}

  /** In the order of VM ids. */
  async ofRange(rangeId: string, { after, kind, limit }: DriftPage): Promise<DriftRow[]> {
    return execute<DriftRow>(this.db, OF_RANGE, [rangeId, after, kind ?? null, limit]);
  }

  /** In the order of VM ids: those of every tenant, and the orphans; after them the VNets that nothing accounts for. */
  async ofSite(siteId: string, { after, kind, limit }: DriftPage): Promise<DriftRow[]> {
    return execute<DriftRow>(this.db, OF_SITE, [siteId, after, kind ?? null, limit]);
  }

  /** When a site was last looked at; null before the first time. */
  async observedAt(siteId: string): Promise<Date | null> {
    return (await execute<{ observedAt: Date | null }>(this.db, OBSERVED_AT, [siteId]))[0]?.observedAt ?? null;
  }
}
