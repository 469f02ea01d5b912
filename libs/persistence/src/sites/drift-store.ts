import type { DriftKind, ExpectedNode, SeenVm } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A node and the VM that has its id in the site's last picture; no VM: null. */
export interface ComparedNode extends ExpectedNode {
  readonly tenantId: string;
  readonly rangeId: string;
  readonly vm: SeenVm | null;
}

/** A VM with the installation's mark that no row accounts for. */
export interface OrphanedVm {
  readonly vmId: number;
  readonly host: string;
  readonly name: string;
  /** As its mark names them. */
  readonly rangeId: string;
  readonly node: string;
}

/** A VNet with the installation's mark that no row accounts for. */
export interface OrphanedVnet {
  readonly name: string;
  readonly zone: string;
  /** As its mark names them. */
  readonly rangeId: string;
  readonly network: string;
}

/** A difference as it is kept. An orphan belongs to its site alone: it has neither tenant nor range. */
export interface Drift {
  readonly vmId: number;
  readonly kind: DriftKind;
  readonly tenantId: string | null;
  readonly rangeId: string | null;
  readonly node: string | null;
  readonly detail: string;
}

/*
 * A picture is compared in the transaction that has just replaced it, when PostgreSQL still takes its tables for empty:
 * LIMIT makes it look every row up by its key all the same.
 */
// Tags keep no case. Of a VM that is leaving its range the row is named after the node with a suffix. Network cards are compared in their order, by bridge or VNet and VLAN tag.
const COMPARED = `
  SELECT n.name, n.state, n.host, n.vm_id AS "vmId", n.memory_mib AS "memoryMiB", n.tenant_id AS "tenantId",
         n.range_id AS "rangeId",
         CASE WHEN v.vm_id IS NOT NULL THEN jsonb_build_object('host', v.host, 'name', v.name, 'state', v.state,
           'ours', v.mark IS NOT DISTINCT FROM jsonb_build_object('installation', $2::text, 'tenantId', n.tenant_id,
                     'rangeId', n.range_id, 'node', lower(split_part(n.name, '~', 1))),
           'marked', v.mark IS NOT NULL, 'memoryMiB', v.memory_mib,
           'sameNetworks', v.nics = coalesce((
              SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('bridge', w.bridge,
                       'vlanTag', CASE w.mode WHEN 'vlan' THEN w.vlan_tag END)) ORDER BY i.place)
                FROM jsonb_array_elements(n.interfaces) WITH ORDINALITY AS i (nic, place)
                JOIN range_network w ON w.range_id = n.range_id AND w.name = i.nic ->> 'network'), '[]')) END AS vm
    FROM range_node n
    LEFT JOIN LATERAL (SELECT * FROM site_vm WHERE site_id = n.site_id AND vm_id = n.vm_id LIMIT 1) v ON true`;

/*
 * Only what nobody is changing is compared: nodes of ranges without an open job, that were not changed since the picture
 * was taken. OFFSET keeps PostgreSQL from working out the VM once for each comparison.
 */
const DIFFERING = statement(
  'drift-differing-nodes',
  `SELECT * FROM (
     ${COMPARED}
      WHERE n.site_id = $1 AND n.state <> 'destroyed' AND n.changed_at < $3
        AND (SELECT j.id FROM job j WHERE j.range_id = n.range_id AND j.state IN ('pending', 'running') LIMIT 1) IS NULL
     OFFSET 0
   ) c
    WHERE vm IS NULL OR state NOT IN ('running', 'stopped') OR NOT (vm ->> 'ours')::boolean
       OR vm ->> 'state' <> state OR vm ->> 'host' <> host OR vm ->> 'name' <> split_part(name, '~', 1)
       OR (vm ->> 'memoryMiB')::int <> "memoryMiB" OR NOT (vm ->> 'sameNetworks')::boolean`,
);
const OF_RANGE = statement('drift-compare-range', `${COMPARED} WHERE n.range_id = $1`);
// A VM that left its range after the picture was taken has no row any more, and its id is released.
// A clone that proves a template has no row: its job holds its id, in place of a range.
const ORPHANS = statement(
  'drift-orphans',
  `SELECT v.vm_id AS "vmId", v.host, v.name, v.mark ->> 'rangeId' AS "rangeId", v.mark ->> 'node' AS node FROM site_vm v
    WHERE v.site_id = $1 AND v.mark ->> 'installation' = $2
      AND (SELECT n.id FROM range_node n WHERE n.site_id = $1 AND n.vm_id = v.vm_id
              AND (n.state <> 'destroyed' OR n.changed_at >= $3) LIMIT 1) IS NULL
      AND (SELECT j.id FROM vm_id_allocation a JOIN job j ON j.id = a.range_id
            WHERE a.site_id = $1 AND a.vm_id = v.vm_id
              AND (j.state IN ('pending', 'running') OR a.released_at >= $3) LIMIT 1) IS NULL
      AND (SELECT a.vm_id FROM vm_id_allocation a
            WHERE a.site_id = $1 AND a.vm_id = v.vm_id AND a.released_at BETWEEN $3 AND now() LIMIT 1) IS NULL`,
);
const ORPHANED_VNETS = statement(
  'drift-orphaned-vnets',
  `SELECT n.name, n.zone, n.mark ->> 'rangeId' AS "rangeId", n.mark ->> 'network' AS network FROM site_vnet n
    WHERE n.site_id = $1 AND n.mark ->> 'installation' = $2
      AND NOT EXISTS (SELECT 1 FROM vnet_allocation a WHERE a.site_id = $1 AND a.vnet = n.name
                         AND (a.released_at IS NULL OR a.released_at >= $3))`,
);
const KEEP_VNETS = statement(
  'drift-keep-vnets',
  `WITH found AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb) AS f(name text, detail text)
   ), gone AS (
     DELETE FROM site_vnet_orphan WHERE site_id = $1 AND name NOT IN (SELECT name FROM found)
   )
   INSERT INTO site_vnet_orphan (site_id, name, detail) SELECT $1, name, detail FROM found
   ON CONFLICT (site_id, name) DO UPDATE SET detail = excluded.detail
     WHERE site_vnet_orphan.detail IS DISTINCT FROM excluded.detail
   RETURNING name, detail`,
);
const KEEP = statement(
  'drift-keep',
  `WITH found AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb) AS f("vmId" int, kind text, "tenantId" uuid, "rangeId" uuid, node text,
       detail text)
   ), gone AS (
     DELETE FROM site_drift WHERE site_id = $1 AND (vm_id, kind) NOT IN (SELECT "vmId", kind FROM found)
   )
   INSERT INTO site_drift (site_id, vm_id, kind, tenant_id, range_id, node, detail)
   SELECT $1, "vmId", kind, "tenantId", "rangeId", node, detail FROM found
   ON CONFLICT (site_id, vm_id, kind) DO UPDATE
     SET detail = excluded.detail, tenant_id = excluded.tenant_id, range_id = excluded.range_id, node = excluded.node
     WHERE (site_drift.detail, site_drift.range_id) IS DISTINCT FROM (excluded.detail, excluded.range_id)
   RETURNING vm_id AS "vmId", kind, tenant_id AS "tenantId", range_id AS "rangeId", node, detail`,
);

/** Compares a site's last picture with the rows, and keeps what differs. */
export class DriftStore {
  constructor(private readonly db: EntityManager) {}

  /** Nodes that may differ from the picture that was taken at `takenAt`: some more than do, never fewer. */
  async differingNodes(siteId: string, installation: string, takenAt: string): Promise<ComparedNode[]> {
    return execute<ComparedNode>(this.db, DIFFERING, [siteId, installation, takenAt]);
  }

  /** Every node of a range beside the last picture, whoever is changing it. */
  async compareRange(rangeId: string, installation: string): Promise<ComparedNode[]> {
    return execute<ComparedNode>(this.db, OF_RANGE, [rangeId, installation]);
  }

  async orphans(siteId: string, installation: string, takenAt: string): Promise<OrphanedVm[]> {
    return execute<OrphanedVm>(this.db, ORPHANS, [siteId, installation, takenAt]);
  }

  async orphanedVnets(siteId: string, installation: string, takenAt: string): Promise<OrphanedVnet[]> {
    return execute<OrphanedVnet>(this.db, ORPHANED_VNETS, [siteId, installation, takenAt]);
  }

  /** Replaces the VNets that nothing accounts for; returns what is new. */
  async keepVnets(siteId: string, orphans: readonly { readonly name: string; readonly detail: string }[]) {
    return execute<{ name: string; detail: string }>(this.db, KEEP_VNETS, [siteId, JSON.stringify(orphans)]);
  }

  /** Replaces what is known to differ at a site; returns what is new, or is told in other words than before. */
  async keep(siteId: string, drifts: readonly Drift[]): Promise<Drift[]> {
    return execute<Drift>(this.db, KEEP, [siteId, JSON.stringify(drifts)]);
  }
}
