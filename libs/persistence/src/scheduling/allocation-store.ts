import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** For whom an id or a tag is taken. */
export interface Holder {
  readonly siteId: string;
  readonly tenantId: string;
  readonly rangeId: string;
}

// The series stands in the select list, so that it is made only as far as the limit asks.
const TAKE_VM_IDS = statement(
  'allocation-take-vm-ids',
  `INSERT INTO vm_id_allocation (site_id, vm_id, tenant_id, range_id)
   SELECT $1, candidate.vm_id, $2, $3
     FROM (SELECT generate_series(vm_id_first, vm_id_last) AS vm_id FROM site WHERE id = $1) candidate
    WHERE NOT EXISTS (SELECT 1 FROM vm_id_allocation a WHERE a.site_id = $1 AND a.vm_id = candidate.vm_id)
      AND NOT EXISTS (SELECT 1 FROM site_vm v WHERE v.site_id = $1 AND v.vm_id = candidate.vm_id)
      AND NOT EXISTS (SELECT 1 FROM site_template t WHERE t.site_id = $1 AND t.vm_id = candidate.vm_id)
    LIMIT $4
   RETURNING vm_id AS taken`,
);
// A pool may hold millions of tags: as many as are taken and wanted contain as many free ones as are wanted.
const TAKE_VLAN_TAGS = statement(
  'allocation-take-vlan-tags',
  `WITH used AS (
     SELECT DISTINCT (nic ->> 'vlanTag')::int AS tag
       FROM site_vm v, jsonb_array_elements(v.nics) nic, site s
      WHERE v.site_id = $1 AND s.id = $1 AND nic ? 'vlanTag' AND nic ->> 'bridge' = s.bridge
     UNION
     SELECT n.tag FROM site_vnet n, site s
      WHERE n.site_id = $1 AND s.id = $1 AND n.zone = s.sdn_zone AND n.tag IS NOT NULL
   ), taken AS (
     SELECT (SELECT count(*) FROM vlan_allocation WHERE site_id = $1) + (SELECT count(*) FROM used) AS count
   )
   INSERT INTO vlan_allocation (site_id, vlan_tag, tenant_id, range_id)
   SELECT $1, candidate.tag, $2, $3
     FROM (SELECT generate_series(vlan_first, least(vlan_last, vlan_first + $4::int + taken.count - 1)::int) AS tag
             FROM site, taken WHERE id = $1) candidate
    WHERE NOT EXISTS (SELECT 1 FROM vlan_allocation a WHERE a.site_id = $1 AND a.vlan_tag = candidate.tag)
      AND candidate.tag NOT IN (SELECT tag FROM used)
    LIMIT $4
   RETURNING vlan_tag AS taken`,
);
const TAKE_VNETS = statement(
  'allocation-take-vnets',
  `INSERT INTO vnet_allocation (site_id, vnet, tenant_id, range_id)
   SELECT $1, candidate.vnet, $2, $3 FROM unnest($4::text[]) AS candidate (vnet)
    WHERE NOT EXISTS (SELECT 1 FROM site_vnet n WHERE n.site_id = $1 AND n.name = candidate.vnet)
      AND NOT EXISTS (SELECT 1 FROM site_vm v, jsonb_array_elements(v.nics) nic
                       WHERE v.site_id = $1 AND nic ->> 'bridge' = candidate.vnet)
   ON CONFLICT DO NOTHING
   RETURNING vnet AS taken`,
);
const RELEASE = statement(
  'allocation-release-range',
  `WITH ids AS (
     UPDATE vm_id_allocation SET released_at = now() WHERE range_id = $1 AND released_at IS NULL
   ), vnets AS (
     UPDATE vnet_allocation SET released_at = now() WHERE range_id = $1 AND released_at IS NULL
   )
   UPDATE vlan_allocation SET released_at = now() WHERE range_id = $1 AND released_at IS NULL`,
);
const HOLD_VM_IDS = statement(
  'allocation-hold-vm-ids',
  `WITH held AS (
     INSERT INTO vm_id_allocation AS a (site_id, vm_id, tenant_id, range_id)
     SELECT $1, vm_id, $2, $3 FROM unnest($4::int[]) AS wanted (vm_id)
     ON CONFLICT (site_id, vm_id) DO UPDATE SET released_at = NULL WHERE a.range_id = $3 AND a.released_at IS NULL
     RETURNING vm_id
   )
   SELECT vm_id AS "vmId" FROM held`,
);
const RELEASE_VM_IDS = statement(
  'allocation-release-vm-ids',
  `UPDATE vm_id_allocation SET released_at = now() WHERE site_id = $1 AND vm_id = ANY($2::int[]) AND released_at IS NULL`,
);
/*
 * What has the id may be hidden from the agent, so that no inventory shows it: the id rests for a day before it may be
 * tried again.
 */
const EXCHANGE_VM_ID = statement(
  'allocation-exchange-vm-id',
  `WITH rests AS (
     UPDATE vm_id_allocation a SET released_at = now() + interval '1 day'
       FROM range_node n
      WHERE n.range_id = $1 AND n.name = $2 AND a.site_id = n.site_id AND a.vm_id = n.vm_id AND a.range_id = $1
   ), node AS (
     UPDATE range_node SET vm_id = $3, changed_at = now() WHERE range_id = $1 AND name = $2
   )
   UPDATE step SET target = 'vm:' || $3::int, payload = jsonb_set(payload, '{vmId}', to_jsonb($3::int))
    WHERE job_id = $4 AND subject = $2 AND phase = 'forward' AND kind LIKE 'vm.%'`,
);
const GIVE_BACK = statement(
  'allocation-give-back',
  `WITH used AS (
     SELECT DISTINCT (nic ->> 'vlanTag')::int AS tag
       FROM site_vm v, jsonb_array_elements(v.nics) nic
      WHERE v.site_id = $1 AND nic ? 'vlanTag'
     UNION
     SELECT tag FROM site_vnet WHERE site_id = $1 AND tag IS NOT NULL
   ), ids AS (
     DELETE FROM vm_id_allocation a WHERE a.site_id = $1 AND a.released_at < $2
       AND NOT EXISTS (SELECT 1 FROM site_vm v WHERE v.site_id = $1 AND v.vm_id = a.vm_id)
   ), told AS (
     SELECT FROM site s WHERE s.id = $1
        AND (s.network_mode = 'vlan' OR EXISTS (SELECT 1 FROM site_zone z WHERE z.site_id = $1 AND z.name = s.sdn_zone))
        AND NOT EXISTS (SELECT 1 FROM site_vm v WHERE v.site_id = $1 AND v.state = 'unknown')
   ), vnets AS (
     DELETE FROM vnet_allocation a WHERE a.site_id = $1 AND a.released_at < $2 AND EXISTS (SELECT FROM told)
       AND NOT EXISTS (SELECT 1 FROM site_vnet n WHERE n.site_id = $1 AND n.name = a.vnet)
       AND NOT EXISTS (SELECT 1 FROM site_vm v, jsonb_array_elements(v.nics) nic
                        WHERE v.site_id = $1 AND nic ->> 'bridge' = a.vnet)
   )
   DELETE FROM vlan_allocation a WHERE a.site_id = $1 AND a.released_at < $2
      AND a.vlan_tag NOT IN (SELECT tag FROM used) AND EXISTS (SELECT FROM told)`,
);

/** VM ids, tags and VNet names of a site. Whoever takes holds the site's planning lock, see `JobStore.lockPlanning`. */
export class AllocationStore {
  constructor(private readonly db: EntityManager) {}

  /** Takes the lowest ids of the site that no row and no VM of the last inventory has; fewer than `count` when no more are left. */
  async takeVmIds(holder: Holder, count: number): Promise<readonly number[]> {
    return this.take(TAKE_VM_IDS, holder, count);
  }

  /** Takes the lowest tags of the site's pool that no row has, and no NIC and no VNet of the last inventory. */
  async takeVlanTags(holder: Holder, count: number): Promise<readonly number[]> {
    return this.take(TAKE_VLAN_TAGS, holder, count);
  }

  /** Takes those of the names that no row has, and no VNet and no NIC of the last inventory. */
  async takeVnets(holder: Holder, names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    const { siteId, tenantId, rangeId } = holder;
    const rows = await execute<{ taken: string }>(this.db, TAKE_VNETS, [siteId, tenantId, rangeId, names]);
    return rows.map(({ taken }) => taken);
  }

  /** Holds these very ids for the range, and tells which of them it has now; the others are another range's, or rest. */
  async holdVmIds({ siteId, tenantId, rangeId }: Holder, vmIds: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await execute<{ vmId: number }>(this.db, HOLD_VM_IDS, [siteId, tenantId, rangeId, vmIds]);
    return new Set(rows.map(({ vmId }) => vmId));
  }

  /**
   * Gives nodes other ids, in their rows and in the steps of a job, for as many as there are ids left. The old ones rest.
   */
  async exchangeVmIds(holder: Holder, jobId: string, nodes: readonly string[]): Promise<void> {
    const ids = await this.takeVmIds(holder, nodes.length);
    for (const [index, vmId] of ids.entries()) {
      await execute(this.db, EXCHANGE_VM_ID, [holder.rangeId, nodes[index], vmId, jobId]);
    }
  }

  /** Marks ids as released; each stays taken until an inventory shows nothing on it. */
  async releaseVmIds(siteId: string, vmIds: readonly number[]): Promise<void> {
    if (vmIds.length > 0) await execute(this.db, RELEASE_VM_IDS, [siteId, vmIds]);
  }

  /** Marks what a range held as released; it stays taken until an inventory shows nothing on it. */
  async release(rangeId: string): Promise<void> {
    await execute(this.db, RELEASE, [rangeId]);
  }

  /**
   * Gives back what was released before `takenAt`, the time of the inventory in the rows, and carries nothing in it. No tag
   * and no name while the inventory could not tell of every VM what it hangs on, or did not show the site's zone.
   */
  async giveBack(siteId: string, takenAt: Date): Promise<void> {
    await execute(this.db, GIVE_BACK, [siteId, takenAt]);
  }

  private async take(taking: typeof TAKE_VM_IDS, holder: Holder, count: number): Promise<readonly number[]> {
    if (count === 0) return [];
    const rows = await execute<{ taken: number }>(this.db, taking, [
      holder.siteId,
      holder.tenantId,
      holder.rangeId,
      count,
    ]);
    return rows.map(({ taken }) => taken).sort((a, b) => a - b);
  }
}
