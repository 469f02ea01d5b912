import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/**
 * `missing`: a node's VM is not there. `changed`: it is in another state or on another host than its row says.
 * `foreign`: a VM without our mark has a node's id. `orphan`: a VM carries our mark and no row accounts for it.
 */
export type DriftKind = 'missing' | 'changed' | 'foreign' | 'orphan';

export interface Drift {
  readonly vmId: number;
  readonly kind: DriftKind;
  readonly tenantId: string | null;
  readonly rangeId: string | null;
  readonly node: string | null;
  readonly detail: string;
}

/*
 * Only nodes at rest are compared: of ranges that no job changes, and that were not changed since the picture was taken.
 * A drift is reported once, when it appears; what is gone from the picture is deleted.
 */
const RECONCILE = statement(
  'drift-reconcile',
  `WITH at_rest AS (
     SELECT n.* FROM range_node n
      WHERE n.site_id = $1 AND n.state IN ('stopped', 'running', 'unknown') AND n.changed_at < $3
        AND NOT EXISTS (SELECT 1 FROM job j WHERE j.range_id = n.range_id AND j.state IN ('pending', 'running'))
   ), found AS (
     SELECT n.vm_id, 'missing' AS kind, n.tenant_id, n.range_id, n.name AS node,
            format('%s has no VM: %s does not exist on the site.', n.name, n.vm_id) AS detail
       FROM at_rest n LEFT JOIN site_vm v ON v.site_id = n.site_id AND v.vm_id = n.vm_id
      WHERE v.vm_id IS NULL
     UNION ALL
     SELECT n.vm_id, 'foreign', n.tenant_id, n.range_id, n.name,
            format('The VM %s on %s does not carry the mark of %s.', v.vm_id, v.host, n.name)
       FROM at_rest n JOIN site_vm v ON v.site_id = n.site_id AND v.vm_id = n.vm_id
      WHERE v.mark IS NULL OR v.mark ->> 'rangeId' <> n.range_id::text
     UNION ALL
     SELECT n.vm_id, 'changed', n.tenant_id, n.range_id, n.name,
            format('%s should be %s on %s; its VM %s is %s on %s.', n.name, n.state, n.host, v.vm_id, v.state, v.host)
       FROM at_rest n JOIN site_vm v ON v.site_id = n.site_id AND v.vm_id = n.vm_id
      WHERE v.mark ->> 'rangeId' = n.range_id::text AND n.state <> 'unknown'
        AND (v.state <> n.state OR v.host <> n.host)
     UNION ALL
     SELECT v.vm_id, 'orphan', NULL, NULL, NULL,
            format('The VM %s (%s) on %s carries our mark, but no range has it.', v.vm_id, v.name, v.host)
       FROM site_vm v
      WHERE v.site_id = $1 AND v.mark ->> 'installation' = $2
        AND NOT EXISTS (SELECT 1 FROM range_node n WHERE n.site_id = $1 AND n.vm_id = v.vm_id
                          AND (n.state <> 'destroyed' OR n.changed_at >= $3))
   ), gone AS (
     DELETE FROM site_drift d WHERE d.site_id = $1
        AND NOT EXISTS (SELECT 1 FROM found f WHERE f.vm_id = d.vm_id AND f.kind = d.kind)
   )
   INSERT INTO site_drift (site_id, vm_id, kind, tenant_id, range_id, node, detail)
   SELECT $1, vm_id, kind, tenant_id, range_id, node, detail FROM found
   ON CONFLICT (site_id, vm_id, kind) DO NOTHING
   RETURNING vm_id AS "vmId", kind, tenant_id AS "tenantId", range_id AS "rangeId", node, detail`,
);

/** Differences between marked VMs and rows. */
export class DriftStore {
  constructor(private readonly db: EntityManager) {}

  /** Compares rows with the site's picture, taken at `takenAt`, and returns what has appeared since the last time. */
  async reconcile(siteId: string, installation: string, takenAt: string): Promise<Drift[]> {
    return execute<Drift>(this.db, RECONCILE, [siteId, installation, takenAt]);
  }
}
