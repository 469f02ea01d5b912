import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

export interface BlueprintRow {
  readonly id: string;
  readonly name: string;
  readonly latestRevision: number;
  readonly digest: string;
  readonly nodeCount: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RevisionRow {
  readonly revision: number;
  readonly digest: string;
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly nodeCount: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** A document that was found valid. */
export interface NewRevision {
  readonly tenantId: string;
  readonly blueprintId: string;
  readonly revision: number;
  readonly digest: string;
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly source: string;
  readonly normalised: unknown;
  readonly nodeCount: number;
  readonly createdBy: string;
}

const BLUEPRINT = `b.id, b.name, b.latest_revision AS "latestRevision", v.digest, v.node_count AS "nodeCount", b.version,
  b.created_at AS "createdAt", b.updated_at AS "updatedAt"`;
const WITH_LATEST = `blueprint b JOIN blueprint_revision v ON v.blueprint_id = b.id AND v.revision = b.latest_revision`;
const REVISION = `revision, digest, schema_version AS "schemaVersion", media_type AS "mediaType", node_count AS "nodeCount",
  created_by AS "createdBy", created_at AS "createdAt"`;

const ADD = statement(
  'blueprint-add',
  `INSERT INTO blueprint (id, tenant_id, name, latest_revision) VALUES ($1, $2, $3, 1)`,
);
const GET = statement(
  'blueprint-get',
  `SELECT ${BLUEPRINT} FROM ${WITH_LATEST} WHERE b.id = $1 AND b.deleted_at IS NULL`,
);
const LOCK = statement(
  'blueprint-lock',
  `SELECT ${BLUEPRINT} FROM ${WITH_LATEST} WHERE b.id = $1 AND b.deleted_at IS NULL FOR UPDATE OF b`,
);
const HOLD = statement(
  'blueprint-hold',
  `SELECT latest_revision AS "latestRevision" FROM blueprint WHERE id = $1 AND deleted_at IS NULL FOR SHARE`,
);
const LIST = statement(
  'blueprint-list',
  `SELECT ${BLUEPRINT} FROM ${WITH_LATEST}
    WHERE b.deleted_at IS NULL AND ($1::uuid IS NULL OR b.id < $1) AND ($2::text IS NULL OR b.name = $2)
    ORDER BY b.id DESC LIMIT $3`,
);
const ADVANCE = statement(
  'blueprint-advance',
  `UPDATE blueprint SET name = $2, latest_revision = $3, version = version + 1, updated_at = now() WHERE id = $1`,
);
const DELETE = statement(
  'blueprint-delete',
  `UPDATE blueprint SET deleted_at = now(), version = version + 1 WHERE id = $1`,
);
const USERS = statement(
  'blueprint-users',
  `SELECT id, name FROM range WHERE blueprint_id = $1 AND state <> 'destroyed' ORDER BY id LIMIT 10`,
);
const ADD_REVISION = statement(
  'blueprint-add-revision',
  `INSERT INTO blueprint_revision (tenant_id, blueprint_id, revision, digest, schema_version, media_type, source, normalised,
                                   node_count, created_by)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const LIST_REVISIONS = statement(
  'blueprint-list-revisions',
  `SELECT ${REVISION} FROM blueprint_revision
    WHERE blueprint_id = $1 AND ($2::int IS NULL OR revision < $2) ORDER BY revision DESC LIMIT $3`,
);
const GET_REVISION = statement(
  'blueprint-get-revision',
  `SELECT ${REVISION}, normalised FROM blueprint_revision WHERE blueprint_id = $1 AND revision = $2`,
);
const GET_NORMALISED = statement(
  'blueprint-get-normalised',
  `SELECT normalised::text AS normalised FROM blueprint_revision WHERE blueprint_id = $1 AND revision = $2`,
);
const GET_SOURCE = statement(
  'blueprint-get-source',
  `SELECT source, media_type AS "mediaType", digest FROM blueprint_revision WHERE blueprint_id = $1 AND revision = $2`,
);

/** Blueprints of the tenant that is set, and their revisions, which never change. */
export class BlueprintStore {
  constructor(private readonly db: EntityManager) {}

  /** Its first revision has to follow in the same transaction. */
  async add(blueprint: { readonly id: string; readonly tenantId: string; readonly name: string }): Promise<void> {
    await execute(this.db, ADD, [blueprint.id, blueprint.tenantId, blueprint.name]);
  }

  async addRevision(revision: NewRevision): Promise<void> {
    await execute(this.db, ADD_REVISION, [
      revision.tenantId,
      revision.blueprintId,
      revision.revision,
      revision.digest,
      revision.schemaVersion,
      revision.mediaType,
      revision.source,
      JSON.stringify(revision.normalised),
      revision.nodeCount,
      revision.createdBy,
    ]);
  }

  async get(id: string): Promise<BlueprintRow | undefined> {
    return (await execute<BlueprintRow>(this.db, GET, [id]))[0];
  }

  /** Keeps everybody else from changing or deleting it, and new ranges from using it, until the commit. */
  async lock(id: string): Promise<BlueprintRow | undefined> {
    return (await execute<BlueprintRow>(this.db, LOCK, [id]))[0];
  }

  /** Keeps it from being deleted until the commit, which a new range needs. */
  async hold(id: string): Promise<{ readonly latestRevision: number } | undefined> {
    return (await execute<{ latestRevision: number }>(this.db, HOLD, [id]))[0];
  }

  /** Newest first, before `before`. */
  async list(page: {
    readonly before?: string | undefined;
    readonly name?: string | undefined;
    readonly limit: number;
  }) {
    return execute<BlueprintRow>(this.db, LIST, [page.before ?? null, page.name ?? null, page.limit]);
  }

  async advance(id: string, name: string, revision: number): Promise<void> {
    await execute(this.db, ADVANCE, [id, name, revision]);
  }

  async delete(id: string): Promise<void> {
    await execute(this.db, DELETE, [id]);
  }

  /** Ranges that use any revision and are not destroyed; at most ten. Needs the lock to be an answer that lasts. */
  async users(id: string): Promise<{ readonly id: string; readonly name: string }[]> {
    return execute(this.db, USERS, [id]);
  }

  async listRevisions(id: string, before: number | undefined, limit: number): Promise<RevisionRow[]> {
    return execute<RevisionRow>(this.db, LIST_REVISIONS, [id, before ?? null, limit]);
  }

  async getRevision(id: string, revision: number): Promise<(RevisionRow & { normalised: unknown }) | undefined> {
    return (await execute<RevisionRow & { normalised: unknown }>(this.db, GET_REVISION, [id, revision]))[0];
  }

  /** The normalised form as JSON text, for whoever passes it on: a large one is not parsed for that. */
  async getNormalised(id: string, revision: number): Promise<string | undefined> {
    return (await execute<{ normalised: string }>(this.db, GET_NORMALISED, [id, revision]))[0]?.normalised;
  }

  /** The document as it was sent. */
  async getSource(id: string, revision: number) {
    const rows = await execute<{ source: string; mediaType: string; digest: string }>(this.db, GET_SOURCE, [
      id,
      revision,
    ]);
    return rows[0];
  }
}
