import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';
import type { SiteTemplate } from '../scheduling';

/** What the platform's operators set. */
export interface SiteSettings {
  readonly name: string;
  /** How a network of a range is kept apart: a tag on the bridge, or a VNet of its own in the zone. */
  readonly networkMode: 'vlan' | 'sdn';
  readonly bridge: string | null;
  readonly sdnZone: string | null;
  readonly pool: string | null;
  readonly vmIdFirst: number;
  readonly vmIdLast: number;
  readonly vlanFirst: number;
  readonly vlanLast: number;
  readonly reservedNetworks: readonly string[];
  readonly hostSlots: number;
  readonly storageSlots: number;
  readonly runningJobsLimit: number;
  readonly hostReservedMiB: number;
  readonly agentPublicKey: string | null;
}

export interface SiteRow extends SiteSettings {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly agent: SiteAgentRow | null;
  readonly inventoryAgeMs: number | null;
}

export interface SiteAgentRow {
  readonly generation: number;
  readonly version: string | null;
  readonly adapter: string | null;
  readonly commandKinds: readonly string[];
  readonly freeSlots: number | null;
  readonly hypervisorVersion: string | null;
  /** Milliseconds since the last heartbeat; null before the first. */
  readonly silentMs: number | null;
  readonly hypervisorSilentMs: number | null;
}

export interface SiteCapacityRow {
  readonly hosts: readonly {
    readonly name: string;
    readonly online: boolean;
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly memoryFreeMiB: number;
  }[];
  readonly storages: readonly {
    readonly name: string;
    readonly shared: boolean;
    readonly hosts: readonly string[];
    readonly totalGiB: number;
    readonly freeGiB: number;
    readonly snapshots: boolean;
    readonly linkedClones: boolean;
    readonly newestOnly: boolean;
  }[];
}

const SITE = `s.id, s.name, s.network_mode AS "networkMode", s.bridge, s.sdn_zone AS "sdnZone", s.pool, s.vm_id_first AS "vmIdFirst", s.vm_id_last AS "vmIdLast",
  s.vlan_first AS "vlanFirst", s.vlan_last AS "vlanLast", s.reserved_networks AS "reservedNetworks",
  s.host_slots AS "hostSlots", s.storage_slots AS "storageSlots", s.running_jobs_limit AS "runningJobsLimit",
  s.host_reserved_mib AS "hostReservedMiB", s.agent_public_key AS "agentPublicKey", s.version, s.created_at AS "createdAt",
  (extract(epoch FROM clock_timestamp() - a.inventory_at) * 1000)::float8 AS "inventoryAgeMs",
  CASE WHEN a.site_id IS NOT NULL THEN json_build_object('generation', a.generation, 'version', a.agent_version,
    'adapter', a.adapter, 'commandKinds', a.command_kinds, 'freeSlots', a.free_slots,
    'hypervisorVersion', a.hypervisor_version,
    'silentMs', (extract(epoch FROM clock_timestamp() - a.heartbeat_at) * 1000)::int8,
    'hypervisorSilentMs', (extract(epoch FROM clock_timestamp() - a.hypervisor_answered_at) * 1000)::int8) END AS agent`;
const WITH_AGENT = `site s LEFT JOIN site_agent a ON a.site_id = s.id`;
const COLUMNS = `name, bridge, pool, vm_id_first, vm_id_last, vlan_first, vlan_last, reserved_networks, host_slots,
  storage_slots, running_jobs_limit, host_reserved_mib, agent_public_key, network_mode, sdn_zone`;

const ADD = statement(
  'site-add',
  `INSERT INTO site (id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10, $11, $12, $13, $14, $15,
     $16)`,
);
const SET = statement(
  'site-set',
  `UPDATE site SET (${COLUMNS}, version) = ($2, $3, $4, $5, $6, $7, $8, $9::text[], $10, $11, $12, $13, $14, $15,
     $16, version + 1)
    WHERE id = $1`,
);
const GET = statement('site-get', `SELECT ${SITE} FROM ${WITH_AGENT} WHERE s.id = $1`);
const LOCK = statement('site-lock', `SELECT version FROM site WHERE id = $1 FOR UPDATE`);
const LIST = statement(
  'site-list',
  `SELECT ${SITE} FROM ${WITH_AGENT} WHERE ($1::uuid IS NULL OR s.id < $1) AND ($2::text IS NULL OR s.name = $2)
    ORDER BY s.id DESC LIMIT $3`,
);
const TOUCH = statement('site-touch', `UPDATE site SET version = version + 1 WHERE id = $1`);
const CAPACITY = statement(
  'site-capacity',
  `SELECT coalesce((SELECT json_agg(json_build_object('name', name, 'online', online, 'cpus', cpus, 'memoryMiB', memory_mib,
                      'memoryFreeMiB', memory_free_mib) ORDER BY name) FROM site_host WHERE site_id = $1), '[]') AS hosts,
          coalesce((SELECT json_agg(json_build_object('name', name, 'shared', shared, 'hosts', hosts, 'totalGiB', total_gib,
                      'freeGiB', free_gib, 'snapshots', snapshots, 'linkedClones', linked_clones,
                      'newestOnly', newest_only) ORDER BY name)
                      FROM site_storage WHERE site_id = $1), '[]') AS storages`,
);
const TEMPLATES = statement(
  'site-templates',
  `SELECT name, vm_id AS "vmId", host, storage, shared, os, guest_agent AS "guestAgent", memory_mib AS "memoryMiB",
          disk_gib AS "diskGiB" FROM site_template WHERE site_id = $1 ORDER BY name, host`,
);
const CLEAR_TEMPLATES = statement('site-clear-templates', `DELETE FROM site_template WHERE site_id = $1`);
const ADD_TEMPLATES = statement(
  'site-add-templates',
  `INSERT INTO site_template (site_id, name, vm_id, host, storage, shared, os, guest_agent, memory_mib, disk_gib)
   SELECT $1, t.name, t."vmId", t.host, t.storage, t.shared, t.os, t."guestAgent", t."memoryMiB", t."diskGiB"
     FROM jsonb_to_recordset($2::jsonb) AS t(name text, "vmId" int, host text, storage text, shared boolean, os text,
            "guestAgent" boolean, "memoryMiB" int, "diskGiB" int)`,
);
const GRANT = statement(
  'site-grant',
  `INSERT INTO site_grant (site_id, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING tenant_id`,
);
const GRANTS = statement(
  'site-grants',
  `SELECT g.tenant_id AS "tenantId", t.name AS "tenantName", g.created_at AS "createdAt"
     FROM site_grant g JOIN tenant t ON t.id = g.tenant_id
    WHERE g.site_id = $1 AND ($2::uuid IS NULL OR g.tenant_id > $2) ORDER BY g.tenant_id LIMIT $3`,
);
const GRANTED_AT = statement(
  'site-granted-at',
  `SELECT created_at AS "createdAt" FROM site_grant WHERE site_id = $1 AND tenant_id = $2`,
);
// A range that is being made holds its grant until it is there.
const HOLD_GRANT = statement(
  'site-hold-grant',
  `SELECT 1 FROM site_grant WHERE site_id = $1 AND tenant_id = $2 FOR KEY SHARE`,
);
const REVOKE = statement(
  'site-revoke',
  `DELETE FROM site_grant WHERE site_id = $1 AND tenant_id = $2 RETURNING tenant_id`,
);
const USERS = statement(
  'site-users',
  `SELECT id, name FROM range WHERE site_id = $1 AND tenant_id = $2 AND state <> 'destroyed' ORDER BY id LIMIT 10`,
);

/** Sites as far as the transaction sees them: those granted to its tenant, or all of them for the platform. */
export class SiteStore {
  constructor(private readonly db: EntityManager) {}

  async add(id: string, settings: SiteSettings): Promise<void> {
    await execute(this.db, ADD, [id, ...valuesOf(settings)]);
  }

  /** Replaces the settings and raises the version. */
  async set(id: string, settings: SiteSettings): Promise<void> {
    await execute(this.db, SET, [id, ...valuesOf(settings)]);
  }

  async get(id: string): Promise<SiteRow | undefined> {
    return (await execute<SiteRow>(this.db, GET, [id]))[0];
  }

  async lock(id: string): Promise<{ readonly version: number } | undefined> {
    return (await execute<{ version: number }>(this.db, LOCK, [id]))[0];
  }

  /** Newest first, before `before`. */
  async list(page: {
    readonly before?: string | undefined;
    readonly name?: string | undefined;
    readonly limit: number;
  }) {
    return execute<SiteRow>(this.db, LIST, [page.before ?? null, page.name ?? null, page.limit]);
  }

  async capacity(id: string): Promise<SiteCapacityRow> {
    return (await execute<SiteCapacityRow>(this.db, CAPACITY, [id]))[0] as SiteCapacityRow;
  }

  async templates(id: string): Promise<SiteTemplate[]> {
    return execute<SiteTemplate>(this.db, TEMPLATES, [id]);
  }

  /** Replaces the whole catalogue and raises the site's version. */
  async setTemplates(id: string, templates: readonly SiteTemplate[]): Promise<void> {
    await execute(this.db, CLEAR_TEMPLATES, [id]);
    await execute(this.db, ADD_TEMPLATES, [id, JSON.stringify(templates)]);
    await execute(this.db, TOUCH, [id]);
  }

  /** Tells whether the grant is new. */
  async grant(id: string, tenantId: string): Promise<boolean> {
    return (await execute(this.db, GRANT, [id, tenantId])).length > 0;
  }

  async grants(id: string, after: string | undefined, limit: number) {
    type Grant = { tenantId: string; tenantName: string; createdAt: Date };
    return execute<Grant>(this.db, GRANTS, [id, after ?? null, limit]);
  }

  /** Of a grant that exists. */
  async grantedAt(id: string, tenantId: string): Promise<Date> {
    const [row] = await execute<{ createdAt: Date }>(this.db, GRANTED_AT, [id, tenantId]);
    if (row === undefined) throw new Error(`The site ${id} is not granted to ${tenantId}.`);
    return row.createdAt;
  }

  /** Tells whether the site is granted, and keeps the grant from being withdrawn until the commit. */
  async holdGrant(id: string, tenantId: string): Promise<boolean> {
    return (await execute(this.db, HOLD_GRANT, [id, tenantId])).length > 0;
  }

  /** Tells whether there was such a grant. */
  async revoke(id: string, tenantId: string): Promise<boolean> {
    return (await execute(this.db, REVOKE, [id, tenantId])).length > 0;
  }

  /** Ranges of the tenant on this site that are not destroyed; at most ten. Needs the tenant set. */
  async users(id: string, tenantId: string): Promise<{ readonly id: string; readonly name: string }[]> {
    return execute(this.db, USERS, [id, tenantId]);
  }
}

function valuesOf(settings: SiteSettings): readonly unknown[] {
  return [
    settings.name,
    settings.bridge,
    settings.pool,
    settings.vmIdFirst,
    settings.vmIdLast,
    settings.vlanFirst,
    settings.vlanLast,
    settings.reservedNetworks,
    settings.hostSlots,
    settings.storageSlots,
    settings.runningJobsLimit,
    settings.hostReservedMiB,
    settings.agentPublicKey,
    settings.networkMode,
    settings.sdnZone,
  ];
}
