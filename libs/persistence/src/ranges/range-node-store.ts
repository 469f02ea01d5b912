import type { NodeState } from '@orion/domain';
import { v7 as uuid7 } from 'uuid';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A node as its tenant sees it. */
export interface RangeNodeRow {
  readonly name: string;
  readonly ordinal: number;
  readonly state: NodeState;
  readonly host: string;
  readonly storage: string;
  readonly vmId: number;
  readonly memoryMiB: number;
  readonly interfaces: readonly { readonly network: string; readonly mac: string; readonly address: string }[];
  readonly observedAddresses: readonly string[];
  /** By MAC, of the cards that the guest reported. */
  readonly observedInterfaces: readonly { readonly mac: string; readonly addresses: readonly string[] }[];
  readonly changedAt: Date;
}

export interface RangeNetworkRow {
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly egress: string;
  readonly bridge: string;
  readonly vlanTag: number;
  readonly mode: 'vlan' | 'sdn';
  readonly zone: string | null;
}

export interface RangeSnapshotRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly memory: boolean;
  readonly jobId: string;
  readonly createdAt: Date;
}

export interface NewSnapshot {
  readonly tenantId: string;
  readonly rangeId: string;
  readonly node: string;
  readonly name: string;
  readonly description: string;
  readonly memory: boolean;
  readonly jobId: string;
}

const NODE = `name, ordinal, state, host, storage, vm_id AS "vmId", memory_mib AS "memoryMiB", interfaces,
  observed_addresses AS "observedAddresses", observed_interfaces AS "observedInterfaces", changed_at AS "changedAt"`;

const LIST = statement(
  'range-node-list',
  `SELECT ${NODE} FROM range_node WHERE range_id = $1 AND ordinal > $2 AND ($3::text IS NULL OR state = $3)
    ORDER BY ordinal LIMIT $4`,
);
const GET = statement('range-node-get', `SELECT ${NODE} FROM range_node WHERE range_id = $1 AND name = $2`);
const NETWORKS = statement(
  'range-networks',
  `SELECT name, cidr, gateway, egress, bridge, vlan_tag AS "vlanTag", mode, zone
     FROM range_network WHERE range_id = $1 ORDER BY name`,
);
const SNAPSHOTS = statement(
  'range-snapshots',
  `SELECT id, name, description, memory, job_id AS "jobId", created_at AS "createdAt"
     FROM range_snapshot WHERE range_id = $1 AND node = $2 ORDER BY id`,
);
const ADD_SNAPSHOT = statement(
  'range-add-snapshot',
  `INSERT INTO range_snapshot (id, tenant_id, range_id, node, name, description, memory, job_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

/** Nodes, networks and snapshots of the ranges of the tenant that is set. */
export class RangeNodeStore {
  constructor(private readonly db: EntityManager) {}

  /** In the order of the blueprint, after the node with that ordinal. */
  async list(
    rangeId: string,
    page: { readonly after: number; readonly state?: NodeState | undefined; readonly limit: number },
  ) {
    return execute<RangeNodeRow>(this.db, LIST, [rangeId, page.after, page.state ?? null, page.limit]);
  }

  async get(rangeId: string, name: string): Promise<RangeNodeRow | undefined> {
    return (await execute<RangeNodeRow>(this.db, GET, [rangeId, name]))[0];
  }

  async networks(rangeId: string): Promise<RangeNetworkRow[]> {
    return execute<RangeNetworkRow>(this.db, NETWORKS, [rangeId]);
  }

  async snapshots(rangeId: string, node: string): Promise<RangeSnapshotRow[]> {
    return execute<RangeSnapshotRow>(this.db, SNAPSHOTS, [rangeId, node]);
  }

  /** Takes the name; the job that is to make the snapshot frees it again when it does not. */
  async addSnapshot(snapshot: NewSnapshot): Promise<void> {
    const { tenantId, rangeId, node, name, description, memory, jobId } = snapshot;
    await execute(this.db, ADD_SNAPSHOT, [uuid7(), tenantId, rangeId, node, name, description, memory, jobId]);
  }
}
