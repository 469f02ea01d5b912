import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A page as it arrives: hosts, storages, VMs and VNets as the agent bus names their members. */
export interface ReceivedPage {
  readonly siteId: string;
  readonly inventoryId: string;
  readonly page: number;
  readonly pages: number;
  readonly takenAt: string;
  readonly content: {
    readonly hosts: unknown;
    readonly storages: unknown;
    readonly vms: unknown;
    readonly sdn?: unknown;
  };
}

const LOCK = statement(
  'inventory-lock',
  `SELECT generation::int AS generation, inventory_at AS "inventoryAt" FROM site_agent WHERE site_id = $1 FOR UPDATE`,
);
const KEEP = statement(
  'inventory-keep-page',
  `INSERT INTO site_inventory_page (site_id, inventory_id, page, content) VALUES ($1, $2, $3, $4::jsonb)
   ON CONFLICT DO NOTHING`,
);
const COUNT = statement(
  'inventory-count-pages',
  `SELECT count(*)::int AS pages FROM site_inventory_page WHERE site_id = $1 AND inventory_id = $2`,
);
const REPLACE = [
  statement('inventory-clear-hosts', `DELETE FROM site_host WHERE site_id = $1`),
  statement('inventory-clear-storages', `DELETE FROM site_storage WHERE site_id = $1`),
  statement('inventory-clear-vms', `DELETE FROM site_vm WHERE site_id = $1`),
  statement('inventory-clear-zones', `DELETE FROM site_zone WHERE site_id = $1`),
  statement('inventory-clear-vnets', `DELETE FROM site_vnet WHERE site_id = $1`),
];
const FILL = [
  statement(
    'inventory-fill-hosts',
    `INSERT INTO site_host (site_id, name, online, cpus, memory_mib, memory_free_mib, observed_at)
     SELECT $1, h.name, h.online, h.cpus, round(h."memoryMiB"), round(h."memoryFreeMiB"), $3
       FROM site_inventory_page p, jsonb_to_recordset(p.content -> 'hosts')
              AS h(name text, online boolean, cpus int, "memoryMiB" float8, "memoryFreeMiB" float8)
      WHERE p.site_id = $1 AND p.inventory_id = $2 ON CONFLICT DO NOTHING`,
  ),
  statement(
    'inventory-fill-storages',
    `INSERT INTO site_storage (site_id, name, shared, hosts, total_gib, free_gib, snapshots, linked_clones, newest_only, observed_at)
     SELECT $1, s.name, s.shared, s.hosts, floor(s."totalGiB"), floor(s."freeGiB"), s.snapshots, s."linkedClones",
            coalesce(s."newestOnly", false), $3
       FROM site_inventory_page p, jsonb_to_recordset(p.content -> 'storages')
              AS s(name text, shared boolean, hosts text[], "totalGiB" float8, "freeGiB" float8, snapshots boolean,
                   "linkedClones" boolean, "newestOnly" boolean)
      WHERE p.site_id = $1 AND p.inventory_id = $2 ON CONFLICT DO NOTHING`,
  ),
  statement(
    'inventory-fill-vms',
    `INSERT INTO site_vm (site_id, vm_id, host, name, state, template, lock, mark, memory_mib, nics, observed_at)
     SELECT $1, v."vmId", v.host, v.name, v.state, v.template, v.lock, v.mark, round(v."memoryMiB"), v.nics, $3
       FROM site_inventory_page p, jsonb_to_recordset(p.content -> 'vms')
              AS v("vmId" int, host text, name text, state text, template boolean, lock text, mark jsonb,
                   "memoryMiB" float8, nics jsonb)
      WHERE p.site_id = $1 AND p.inventory_id = $2 ON CONFLICT DO NOTHING`,
  ),
  statement(
    'inventory-fill-zones',
    `INSERT INTO site_zone (site_id, name, type, observed_at)
     SELECT $1, z.name, z.type, $3
       FROM site_inventory_page p, jsonb_to_recordset(p.content -> 'sdn' -> 'zones') AS z(name text, type text)
      WHERE p.site_id = $1 AND p.inventory_id = $2 ON CONFLICT DO NOTHING`,
  ),
  statement(
    'inventory-fill-vnets',
    `INSERT INTO site_vnet (site_id, name, zone, tag, mark, observed_at)
     SELECT $1, n.name, n.zone, n.tag, n.mark, $3
       FROM site_inventory_page p, jsonb_to_recordset(p.content -> 'sdn' -> 'vnets')
              AS n(name text, zone text, tag int, mark jsonb)
      WHERE p.site_id = $1 AND p.inventory_id = $2 ON CONFLICT DO NOTHING`,
  ),
];
const DONE = statement(
  'inventory-done',
  `WITH pages AS (DELETE FROM site_inventory_page WHERE site_id = $1)
   UPDATE site_agent SET inventory_at = $2 WHERE site_id = $1`,
);

/** The last full picture of a site. */
export class InventoryStore {
  constructor(private readonly db: EntityManager) {}

  /** Makes this the one writer of the site's picture until the commit, and tells the generation that counts. */
  async lock(siteId: string): Promise<{ readonly generation: number; readonly inventoryAt: Date | null } | undefined> {
    return (await execute<{ generation: number; inventoryAt: Date | null }>(this.db, LOCK, [siteId]))[0];
  }

  /** Keeps a page, and tells whether it was the last one missing. A page that is known changes nothing. */
  async keep({ siteId, inventoryId, page, pages, content }: ReceivedPage): Promise<boolean> {
    await execute(this.db, KEEP, [siteId, inventoryId, page, JSON.stringify(content)]);
    const [row] = await execute<{ pages: number }>(this.db, COUNT, [siteId, inventoryId]);
    return row?.pages === pages;
  }

  /** Replaces the picture by the pages of an inventory, and drops all pages that wait. */
  async replace(siteId: string, inventoryId: string, takenAt: string): Promise<void> {
    for (const clear of REPLACE) await execute(this.db, clear, [siteId]);
    for (const fill of FILL) await execute(this.db, fill, [siteId, inventoryId, takenAt]);
    await execute(this.db, DONE, [siteId, takenAt]);
  }
}
