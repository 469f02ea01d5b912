import type { BaselineMode, BaselinePower, BaselineState, ManifestNode } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface BaselineRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly mode: BaselineMode;
  /** Name of the snapshot that each node has of it. */
  readonly snapshot: string;
  readonly state: BaselineState;
  readonly current: boolean;
  readonly digest: string | null;
  readonly jobId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly readyAt: Date | null;
}

export interface NewBaseline {
  readonly id: string;
  readonly tenantId: string;
  readonly rangeId: string;
  readonly name: string;
  readonly description: string;
  readonly mode: BaselineMode;
  readonly snapshot: string;
  readonly jobId: string;
  readonly createdBy: string;
}

/** A baseline as a job works with it. */
export interface WorkingBaseline {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly mode: BaselineMode;
  readonly snapshot: string;
  readonly state: BaselineState;
  /** What each node did when it was taken, by name. */
  readonly power: Readonly<Record<string, BaselinePower>>;
  readonly digest: string | null;
}

/** What a storage means for the baselines of a range that has disks on it. */
export interface BaselineStorage {
  readonly name: string;
  readonly snapshots: boolean;
  /** A disk on it rolls back to its newest snapshot only. */
  readonly newestOnly: boolean;
  readonly freeGiB: number;
  /** Of the range's nodes on it that run. */
  readonly runningMemoryMiB: number;
  readonly nodes: number;
}

/** A snapshot that stands between a node and an older one. */
export interface SnapshotInFront {
  readonly node: string;
  readonly snapshot: string;
}

const ROW = `id, name, description, mode, snapshot, state, is_current AS current, digest, job_id AS "jobId",
  created_by AS "createdBy", created_at AS "createdAt", ready_at AS "readyAt"`;

const ADD = statement(
  'baseline-add',
  `INSERT INTO baseline (id, tenant_id, range_id, name, description, mode, snapshot, state, job_id, created_by)
   VALUES ($1, $2, $3, $4, $5, $6, $7, 'creating', $8, $9)`,
);
const LIST = statement('baseline-list', `SELECT ${ROW} FROM baseline WHERE range_id = $1 ORDER BY created_at, id`);
const GET = statement('baseline-get', `SELECT ${ROW} FROM baseline WHERE range_id = $1 AND name = $2`);
const CURRENT = statement('baseline-current', `SELECT ${ROW} FROM baseline WHERE range_id = $1 AND is_current`);
const MANIFEST = statement('baseline-manifest', `SELECT manifest FROM baseline WHERE id = $1`);
const LEAVE_CURRENT = statement(
  'baseline-leave-current',
  `UPDATE baseline SET is_current = false WHERE range_id = $1 AND is_current`,
);
const MAKE_CURRENT = statement('baseline-make-current', `UPDATE baseline SET is_current = true WHERE id = $1`);
const SET_STATE = statement('baseline-set-state', `UPDATE baseline SET state = $2, job_id = $3 WHERE id = $1`);
const STORAGES = statement(
  'baseline-storages',
  `SELECT s.name, s.snapshots, s.newest_only AS "newestOnly", s.free_gib AS "freeGiB",
          coalesce(sum(n.memory_mib) FILTER (WHERE n.state = 'running'), 0)::int AS "runningMemoryMiB",
          count(*) FILTER (WHERE n.state = 'running')::int AS nodes
     FROM range_node n JOIN site_storage s ON s.site_id = n.site_id AND s.name = n.storage
    WHERE n.range_id = $1 AND n.state <> 'destroyed'
    GROUP BY s.name, s.snapshots, s.newest_only, s.free_gib ORDER BY s.name`,
);
const IN_FRONT = statement(
  'baseline-in-front',
  `WITH older AS (
     SELECT created_at, ready_at FROM baseline WHERE id = $2
   ), node AS (
     SELECT n.name FROM range_node n JOIN site_storage s ON s.site_id = n.site_id AND s.name = n.storage
      WHERE n.range_id = $1 AND s.newest_only AND n.state <> 'destroyed'
   )
   SELECT node.name AS node, b.snapshot FROM node, baseline b, older
    WHERE b.range_id = $1 AND b.id <> $2 AND b.created_at > older.created_at
   UNION ALL
   SELECT node.name, r.name FROM node JOIN range_snapshot r ON r.range_id = $1 AND r.node = node.name, older
    WHERE r.created_at > older.ready_at
    ORDER BY 1, 2`,
);
const OF_ID = statement(
  'baseline-of-id',
  `SELECT id, name, description, mode, snapshot, state, power, digest FROM baseline WHERE id = $1`,
);
const SET_POWER = statement('baseline-set-power', `UPDATE baseline SET power = $2::jsonb WHERE id = $1`);
const FINISH = statement(
  'baseline-finish',
  `UPDATE baseline SET state = 'ready', manifest = $2::jsonb, digest = $3, ready_at = now() WHERE id = $1`,
);
const SPOIL_ALL = statement(
  'baseline-spoil-all',
  `UPDATE baseline SET state = 'incomplete' WHERE range_id = $1 AND state = 'ready' RETURNING name`,
);
const REMOVE = statement('baseline-remove', `DELETE FROM baseline WHERE id = $1`);
const REMOVE_OF_RANGE = statement('baseline-remove-of-range', `DELETE FROM baseline WHERE range_id = $1`);
const SPOIL = statement(
  'baseline-spoil',
  `UPDATE baseline SET state = 'incomplete' WHERE range_id = $1 AND state = 'ready' AND power ?| $2::text[]
   RETURNING name`,
);

/** Baselines of the ranges of the tenant that is set. */
export class BaselineStore {
  constructor(private readonly db: EntityManager) {}

  /** Takes the name; the job that is to make the baseline frees it again when it does not. */
  async add(baseline: NewBaseline): Promise<void> {
    const { id, tenantId, rangeId, name, description, mode, snapshot, jobId, createdBy } = baseline;
    await execute(this.db, ADD, [id, tenantId, rangeId, name, description, mode, snapshot, jobId, createdBy]);
  }

  /** Oldest first. */
  async list(rangeId: string): Promise<BaselineRow[]> {
    return execute<BaselineRow>(this.db, LIST, [rangeId]);
  }

  async get(rangeId: string, name: string): Promise<BaselineRow | undefined> {
    return (await execute<BaselineRow>(this.db, GET, [rangeId, name]))[0];
  }

  /** The one that the range returns to unless another is named. */
  async current(rangeId: string): Promise<BaselineRow | undefined> {
    return (await execute<BaselineRow>(this.db, CURRENT, [rangeId]))[0];
  }

  /** What each node must look like; null until the baseline is ready. */
  async manifest(id: string): Promise<readonly ManifestNode[] | null> {
    const [row] = await execute<{ manifest: readonly ManifestNode[] | null }>(this.db, MANIFEST, [id]);
    return row?.manifest ?? null;
  }

  /** The range's other baselines are current no more. Two statements in their order, because only one may be current at any moment. */
  async makeCurrent(rangeId: string, id: string): Promise<void> {
    await Promise.all([execute(this.db, LEAVE_CURRENT, [rangeId]), execute(this.db, MAKE_CURRENT, [id])]);
  }

  /** Storages that hold disks of the range, as the site's last picture shows them. */
  async storages(rangeId: string): Promise<readonly BaselineStorage[]> {
    return execute<BaselineStorage>(this.db, STORAGES, [rangeId]);
  }

  /** Snapshots newer than a baseline on nodes whose storage rolls back to the newest only. */
  async inFrontOf(rangeId: string, id: string): Promise<readonly SnapshotInFront[]> {
    return execute<SnapshotInFront>(this.db, IN_FRONT, [rangeId, id]);
  }

  async setState(id: string, state: BaselineState, jobId: string): Promise<void> {
    await execute(this.db, SET_STATE, [id, state, jobId]);
  }

  async ofId(id: string): Promise<WorkingBaseline | undefined> {
    return (await execute<WorkingBaseline>(this.db, OF_ID, [id]))[0];
  }

  async setPower(id: string, power: Readonly<Record<string, BaselinePower>>): Promise<void> {
    await execute(this.db, SET_POWER, [id, JSON.stringify(power)]);
  }

  /** From now on the range can return to it. */
  async finish(id: string, manifest: readonly ManifestNode[], digest: string): Promise<void> {
    await execute(this.db, FINISH, [id, JSON.stringify(manifest), digest]);
  }

  async remove(id: string): Promise<void> {
    await execute(this.db, REMOVE, [id]);
  }

  async removeOfRange(rangeId: string): Promise<void> {
    await execute(this.db, REMOVE_OF_RANGE, [rangeId]);
  }

  /** Marks all baselines of a range that is another one now; answers their names. */
  async spoilAll(rangeId: string): Promise<readonly string[]> {
    return (await execute<{ name: string }>(this.db, SPOIL_ALL, [rangeId])).map(({ name }) => name);
  }

  /** Marks baselines of which these nodes, made anew, have no snapshot any more; answers their names. */
  async spoil(rangeId: string, nodes: readonly string[]): Promise<readonly string[]> {
    if (nodes.length === 0) return [];
    return (await execute<{ name: string }>(this.db, SPOIL, [rangeId, nodes])).map(({ name }) => name);
  }
}
