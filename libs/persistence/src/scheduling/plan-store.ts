import type { HostRoom, NodeState, StepKind, StorageRoom } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement, type Statement } from '../database/statement';

/** A template of a site as placing and cloning read it. */
export interface SiteTemplate {
  readonly name: string;
  readonly vmId: number;
  readonly host: string;
  readonly storage: string;
  readonly shared: boolean;
  readonly os: 'linux' | 'windows' | 'other';
  readonly guestAgent: boolean;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

/** A site's settings and the last picture of it, as planning reads them. */
export interface SitePicture {
  readonly networkMode: 'vlan' | 'sdn';
  /** Carries the tags in the mode `vlan`. */
  readonly bridge: string | null;
  /** Holds the VNets in the mode `sdn`. */
  readonly sdnZone: string | null;
  /** Of the zone; null when the last picture does not show it. */
  readonly sdnZoneType: string | null;
  readonly vlanFirst: number;
  readonly vlanLast: number;
  readonly pool: string | null;
  readonly vmIdFirst: number;
  readonly vmIdLast: number;
  readonly hostReservedMiB: number;
  /** Steps that load a host, and a storage, at a time. */
  readonly hostSlots: number;
  readonly storageSlots: number;
  /** Null before the first inventory. */
  readonly inventoryAt: string | null;
  readonly hosts: readonly HostRoom[];
  readonly storages: readonly StorageRoom[];
  readonly templates: readonly SiteTemplate[];
  readonly used: readonly { readonly host: string; readonly reservedMiB: number; readonly runningMiB: number }[];
}

/** A node's row. `Spec` is what the orchestrator keeps of the blueprint and the placement. */
export interface NodeRow<Spec> {
  readonly id: string;
  readonly ordinal: number;
  readonly name: string;
  readonly state: NodeState;
  readonly host: string;
  readonly storage: string;
  readonly vmId: number;
  readonly memoryMiB: number;
  readonly spec: Spec;
  readonly interfaces: readonly NodeInterface[];
}
export interface NodeInterface {
  readonly network: string;
  readonly mac: string;
  /** With prefix length, such as `10.20.0.10/24`. */
  readonly address: string;
}
export interface NetworkRow {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly egress: string;
  /** What NICs hang on: the site's bridge, with the tag; or the VNet of the network, which has it in its zone. */
  readonly bridge: string;
  readonly vlanTag: number;
  readonly mode: 'vlan' | 'sdn';
  readonly zone: string | null;
}

/** Two revisions of a range's blueprint, normalised. */
export interface RangeRevisions {
  readonly rangeName: string;
  /** Of the range, as its row says. */
  readonly revision: number;
  readonly before: unknown;
  readonly after: unknown;
}

/** A step to be stored. It waits for `waitingOn` others; `ready` when that is 0. */
export interface StepRow {
  readonly id: string;
  readonly ordinal: number;
  readonly phase: 'forward' | 'compensate';
  readonly kind: StepKind;
  readonly kindVersion: number;
  readonly subject: string;
  readonly target: string;
  readonly waitingOn: number;
  readonly successors: readonly string[];
  readonly maxAttempts: number;
  readonly host?: string;
  readonly storage?: string;
  readonly expectedMs: number;
  readonly tailMs: number;
  readonly timeoutMs: number;
  readonly payload: unknown;
}

/** What the nodes of all ranges hold of each host. */
const USED = `SELECT host, sum(memory_mib)::int AS "reservedMiB",
                     coalesce(sum(memory_mib) FILTER (WHERE state = 'running'), 0)::int AS "runningMiB"
                FROM range_node WHERE site_id = $1 AND state <> 'destroyed' GROUP BY host`;
/** Reads a `SitePicture`; `used` answers what of each host is held. */
export const sitePictureSql = (used: string): string =>
  `SELECT s.network_mode AS "networkMode", s.bridge, s.sdn_zone AS "sdnZone", s.vlan_first AS "vlanFirst", s.vlan_last AS "vlanLast",
          (SELECT type FROM site_zone WHERE site_id = $1 AND name = s.sdn_zone) AS "sdnZoneType",
          s.pool, s.vm_id_first AS "vmIdFirst", s.vm_id_last AS "vmIdLast", s.host_reserved_mib AS "hostReservedMiB",
          s.host_slots AS "hostSlots", s.storage_slots AS "storageSlots",
          (SELECT inventory_at FROM site_agent WHERE site_id = $1) AS "inventoryAt",
          coalesce((SELECT json_agg(json_build_object('name', name, 'online', online, 'cpus', cpus, 'memoryMiB', memory_mib,
                      'memoryFreeMiB', memory_free_mib) ORDER BY name) FROM site_host WHERE site_id = $1), '[]') AS hosts,
          coalesce((SELECT json_agg(json_build_object('name', name, 'shared', shared, 'hosts', hosts, 'freeGiB', free_gib,
                      'linkedClones', linked_clones) ORDER BY name) FROM site_storage WHERE site_id = $1), '[]') AS storages,
          coalesce((SELECT json_agg(json_build_object('name', name, 'vmId', vm_id, 'host', host, 'storage', storage,
                      'shared', shared, 'os', os, 'guestAgent', guest_agent, 'memoryMiB', memory_mib, 'diskGiB', disk_gib)
                      ORDER BY name, host) FROM site_template WHERE site_id = $1), '[]') AS templates,
          coalesce((SELECT json_agg(u) FROM (${used}) u), '[]') AS used
     FROM site s WHERE s.id = $1`;
const SITE = statement('plan-site', sitePictureSql(USED));
const REVISION = statement(
  'plan-revision',
  `SELECT r.name AS "rangeName", v.normalised FROM range r JOIN blueprint_revision v ON v.blueprint_id = r.blueprint_id AND v.revision = r.revision
    WHERE r.id = $1`,
);
const NODES = statement(
  'plan-nodes',
  `SELECT id, ordinal, name, state, host, storage, vm_id AS "vmId", memory_mib AS "memoryMiB", spec, interfaces
     FROM range_node WHERE range_id = $1 ORDER BY ordinal`,
);
const NETWORKS = statement(
  'plan-networks',
  `SELECT id, name, cidr, gateway, egress, bridge, vlan_tag AS "vlanTag", mode, zone FROM range_network WHERE range_id = $1 ORDER BY name`,
);
const ADD_NODES = statement(
  'plan-add-nodes',
  `INSERT INTO range_node (id, tenant_id, range_id, site_id, ordinal, name, state, host, storage, vm_id, memory_mib, spec,
                           interfaces)
   SELECT n.id, $1, $2, $3, n.ordinal, n.name, n.state, n.host, n.storage, n."vmId", n."memoryMiB", n.spec, n.interfaces
     FROM jsonb_to_recordset($4::jsonb) AS n(id uuid, ordinal int, name text, state text, host text, storage text,
            "vmId" int, "memoryMiB" int, spec jsonb, interfaces jsonb)
   ON CONFLICT DO NOTHING`,
);
const ADD_NETWORKS = statement(
  'plan-add-networks',
  `INSERT INTO range_network (id, tenant_id, range_id, name, cidr, gateway, egress, bridge, vlan_tag, mode, zone)
   SELECT n.id, $1, $2, n.name, n.cidr, n.gateway, n.egress, n.bridge, n."vlanTag", n.mode, n.zone
     FROM jsonb_to_recordset($3::jsonb) AS n(id uuid, name text, cidr text, gateway text, egress text, bridge text,
            "vlanTag" int, mode text, zone text)
   ON CONFLICT DO NOTHING`,
);
const ADD_STEPS = statement(
  'plan-add-steps',
  `INSERT INTO step (id, tenant_id, job_id, range_id, site_id, ordinal, phase, kind, kind_version, subject, target, state,
                     waiting_on, successors, max_attempts, host, storage, expected_ms, tail_ms, timeout_ms, payload)
   SELECT n.id, $1, $2, $3, $4, n.ordinal, n.phase, n.kind, n."kindVersion", n.subject, n.target,
          CASE WHEN n."waitingOn" = 0 THEN 'ready' ELSE 'waiting' END, n."waitingOn", n.successors, n."maxAttempts", n.host,
          n.storage, n."expectedMs", n."tailMs", n."timeoutMs", n.payload
     FROM jsonb_to_recordset($5::jsonb) AS n(id uuid, ordinal int, phase text, kind text, "kindVersion" int, subject text,
            target text, "waitingOn" int, successors uuid[], "maxAttempts" int, host text, storage text, "expectedMs" int,
            "tailMs" int, "timeoutMs" int, payload jsonb)
   ON CONFLICT DO NOTHING`,
);
const ALLOCATED = statement(
  'plan-allocated-vm-ids',
  `SELECT vm_id AS "vmId" FROM vm_id_allocation WHERE site_id = $1 ORDER BY vm_id`,
);
// A clone that found its id taken has looked and made nothing.
const SENT = statement(
  'plan-sent-steps',
  `SELECT kind, subject FROM step
    WHERE job_id = $1 AND phase = 'forward' AND attempt > 0
      AND NOT (kind = 'vm.clone' AND state = 'failed' AND error ->> 'code' = 'vm.id_taken')`,
);
const REPLACE_NODES = statement(
  'plan-replace-nodes',
  `UPDATE range_node SET state = m.state, host = m.host, vm_id = m."vmId", changed_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS m(id uuid, state text, host text, "vmId" int)
    WHERE range_node.id = m.id`,
);
const ROWS = `jsonb_to_recordset($1::jsonb) AS m(id uuid, name text, ordinal int, "memoryMiB" int, spec jsonb, interfaces jsonb)`;
const REWRITE_NODES = statement(
  'plan-rewrite-nodes',
  `UPDATE range_node SET name = m.name, ordinal = m.ordinal, memory_mib = m."memoryMiB", spec = m.spec,
          interfaces = m.interfaces, changed_at = now()
     FROM ${ROWS} WHERE range_node.id = m.id`,
);
const DROP_NODES = statement(
  'plan-drop-nodes',
  `WITH gone AS (
     DELETE FROM range_node WHERE id = ANY($1::uuid[]) RETURNING range_id, site_id, vm_id
   )
   UPDATE vm_id_allocation a SET released_at = now()
     FROM gone WHERE a.site_id = gone.site_id AND a.vm_id = gone.vm_id AND a.range_id = gone.range_id AND a.released_at IS NULL`,
);
const REWRITE_NETWORKS = statement(
  'plan-rewrite-networks',
  `UPDATE range_network SET cidr = m.cidr, gateway = m.gateway, egress = m.egress
     FROM jsonb_to_recordset($1::jsonb) AS m(id uuid, cidr text, gateway text, egress text) WHERE range_network.id = m.id`,
);
const DROP_NETWORKS = statement(
  'plan-drop-networks',
  `WITH gone AS (
     DELETE FROM range_network WHERE id = ANY($1::uuid[]) RETURNING range_id, mode, bridge, vlan_tag
   ), vnets AS (
     UPDATE vnet_allocation a SET released_at = now()
       FROM gone WHERE gone.mode = 'sdn' AND a.range_id = gone.range_id AND a.vnet = gone.bridge AND a.released_at IS NULL
   )
   UPDATE vlan_allocation a SET released_at = now()
     FROM gone WHERE a.range_id = gone.range_id AND a.vlan_tag = gone.vlan_tag AND a.released_at IS NULL`,
);
const REVISIONS = statement(
  'plan-revisions',
  `SELECT r.name AS "rangeName", r.revision, b.normalised AS before, a.normalised AS after FROM range r
     JOIN blueprint_revision b ON b.blueprint_id = r.blueprint_id AND b.revision = $2
     JOIN blueprint_revision a ON a.blueprint_id = r.blueprint_id AND a.revision = $3
    WHERE r.id = $1`,
);
const SET_REVISION = statement(
  'plan-set-revision',
  `UPDATE range SET revision = $2, changed_at = now(), version = version + 1 WHERE id = $1 AND revision <> $2`,
);
const FORGET_SNAPSHOTS = statement(
  'plan-forget-snapshots',
  `DELETE FROM range_snapshot WHERE range_id = $1 AND node = ANY($2::text[])`,
);
const PLANNED_FORWARD = statement(
  'plan-planned-forward',
  `SELECT kind, subject,
          attempt > 0 AND NOT (kind = 'vm.clone' AND state = 'failed' AND error ->> 'code' = 'vm.id_taken') AS sent
     FROM step WHERE job_id = $1 AND phase = 'forward'`,
);
const COUNT_STEPS = statement('plan-count-steps', `SELECT count(*)::int AS count FROM step WHERE job_id = $1`);

/** Rows written by one statement; larger plans take several. */
const BATCH = 1_000;

interface Owner {
  readonly tenantId: string;
  readonly siteId: string;
  readonly rangeId: string | null;
  readonly jobId: string;
}

/** What planning reads and lays down. Writing the same rows again changes nothing. */
export class PlanStore<Spec> {
  constructor(private readonly db: EntityManager) {}

  async site(siteId: string): Promise<SitePicture> {
    const [row] = await execute<SitePicture>(this.db, SITE, [siteId]);
    if (row === undefined) throw new Error(`There is no site ${siteId}.`);
    return row;
  }

  /** The range's name and the normalised blueprint of its revision. Needs the tenant set. */
  async revision(rangeId: string): Promise<{ readonly rangeName: string; readonly normalised: unknown }> {
    const [row] = await execute<{ rangeName: string; normalised: unknown }>(this.db, REVISION, [rangeId]);
    if (row === undefined) throw new Error(`The revision of range ${rangeId} is not there.`);
    return row;
  }

  async nodes(rangeId: string): Promise<NodeRow<Spec>[]> {
    return execute<NodeRow<Spec>>(this.db, NODES, [rangeId]);
  }

  async networks(rangeId: string): Promise<NetworkRow[]> {
    return execute<NetworkRow>(this.db, NETWORKS, [rangeId]);
  }

  async addNodes(owner: Owner, nodes: readonly NodeRow<Spec>[]): Promise<void> {
    await this.inBatches(ADD_NODES, [owner.tenantId, owner.rangeId, owner.siteId], nodes);
  }

  /** Replaces state, host and VM id of nodes. */
  async replaceNodes(nodes: readonly Pick<NodeRow<Spec>, 'id' | 'state' | 'host' | 'vmId'>[]): Promise<void> {
    if (nodes.length === 0) return;
    const rows = nodes.map(({ id, state, host, vmId }) => ({ id, state, host, vmId }));
    await execute(this.db, REPLACE_NODES, [JSON.stringify(rows)]);
  }

  /** Replaces names and all that a revision says of nodes; their places stay. */
  async rewriteNodes(nodes: readonly NodeRow<Spec>[]): Promise<void> {
    if (nodes.length === 0) return;
    const rows = nodes.map(({ id, name, ordinal, memoryMiB, spec, interfaces }) => {
      return { id, name, ordinal, memoryMiB, spec, interfaces };
    });
    await execute(this.db, REWRITE_NODES, [JSON.stringify(rows)]);
  }

  /** Forgets nodes whose VMs are gone, and releases their ids. */
  async dropNodes(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await execute(this.db, DROP_NODES, [ids]);
  }

  /** Replaces what a revision says of networks; what they hang on stays. */
  async rewriteNetworks(networks: readonly NetworkRow[]): Promise<void> {
    if (networks.length === 0) return;
    const rows = networks.map(({ id, cidr, gateway, egress }) => ({ id, cidr, gateway, egress }));
    await execute(this.db, REWRITE_NETWORKS, [JSON.stringify(rows)]);
  }

  /** Forgets networks that are gone, and releases their tags and names. */
  async dropNetworks(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await execute(this.db, DROP_NETWORKS, [ids]);
  }

  /** The normalised blueprints of two revisions of the range's blueprint. Needs the tenant set. */
  async revisions(rangeId: string, before: number, after: number): Promise<RangeRevisions> {
    const [row] = await execute<RangeRevisions>(this.db, REVISIONS, [rangeId, before, after]);
    if (row === undefined) throw new Error(`The revisions ${before} and ${after} of range ${rangeId} are not there.`);
    return row;
  }

  async setRevision(rangeId: string, revision: number): Promise<void> {
    await execute(this.db, SET_REVISION, [rangeId, revision]);
  }

  /** Snapshots of VMs that are gone. Needs the tenant set. */
  async forgetSnapshotsOf(rangeId: string, nodes: readonly string[]): Promise<void> {
    if (nodes.length > 0) await execute(this.db, FORGET_SNAPSHOTS, [rangeId, nodes]);
  }

  async addNetworks(owner: Owner, networks: readonly NetworkRow[]): Promise<void> {
    await this.inBatches(ADD_NETWORKS, [owner.tenantId, owner.rangeId], networks);
  }

  async addSteps(owner: Owner, steps: readonly StepRow[]): Promise<void> {
    await this.inBatches(ADD_STEPS, [owner.tenantId, owner.jobId, owner.rangeId, owner.siteId], steps);
  }

  /** VM ids of the site that some range has. */
  async allocatedVmIds(siteId: string): Promise<readonly number[]> {
    return (await execute<{ vmId: number }>(this.db, ALLOCATED, [siteId])).map(({ vmId }) => vmId);
  }

  /** Steps of the job's forward phase of which a command was ever issued that may have had an effect. */
  async sent(jobId: string): Promise<{ readonly kind: StepKind; readonly subject: string }[]> {
    return execute(this.db, SENT, [jobId]);
  }

  /** Every step of the job's forward phase, and whether a command of it that may have had an effect was ever issued. */
  async plannedForward(
    jobId: string,
  ): Promise<{ readonly kind: StepKind; readonly subject: string; readonly sent: boolean }[]> {
    return execute(this.db, PLANNED_FORWARD, [jobId]);
  }

  async countSteps(jobId: string): Promise<number> {
    return (await execute<{ count: number }>(this.db, COUNT_STEPS, [jobId]))[0]?.count ?? 0;
  }

  private async inBatches(adding: Statement, values: readonly unknown[], rows: readonly unknown[]): Promise<void> {
    for (let from = 0; from < rows.length; from += BATCH) {
      await execute(this.db, adding, [...values, JSON.stringify(rows.slice(from, from + BATCH))]);
    }
  }
}
