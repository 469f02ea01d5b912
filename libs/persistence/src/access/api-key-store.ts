import type { Role } from '@orion/domain';
import type { DataSource, EntityManager } from 'typeorm';

import { execute, executeAlone, statement } from '../database/statement';

/** What a look-up needs to tell whether a presented key is good. */
export interface KeyCredentials {
  readonly id: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  /** SHA-256 of the secret. */
  readonly secretHash: Buffer;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly operatesPlatform: boolean;
}

/** A key as its tenant sees it. The secret is nowhere. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
}

export interface NewApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly secretHash: Buffer;
  readonly expiresAt?: Date | undefined;
}

const KEY = `id, name, role, scopes, expires_at AS "expiresAt", revoked_at AS "revokedAt", created_at AS "createdAt"`;

const FIND = statement(
  'api-key-find',
  `SELECT id, tenant_id AS "tenantId", role, scopes, secret_hash AS "secretHash", expires_at AS "expiresAt",
          revoked_at AS "revokedAt", operates_platform AS "operatesPlatform"
     FROM orion_find_api_key($1)`,
);
const ADD = statement(
  'api-key-add',
  `INSERT INTO api_key (id, tenant_id, name, role, scopes, secret_hash, expires_at)
   VALUES ($1, $2, $3, $4, $5::text[], $6, $7) RETURNING ${KEY}`,
);
const LIST = statement(
  'api-key-list',
  `SELECT ${KEY} FROM api_key WHERE ($1::text IS NULL OR id > $1) ORDER BY id LIMIT $2`,
);
const GET = statement('api-key-get', `SELECT ${KEY} FROM api_key WHERE id = $1`);
const REVOKE = statement(
  'api-key-revoke',
  `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${KEY}`,
);

/** API keys of the tenant that is set. */
export class ApiKeyStore {
  constructor(private readonly db: EntityManager) {}

  /** The one look-up before a tenant is known; answers keys that are revoked or expired, too. */
  static async find(source: DataSource, id: string): Promise<KeyCredentials | undefined> {
    return (await executeAlone<KeyCredentials>(source, FIND, [id]))[0];
  }

  async add(key: NewApiKey): Promise<ApiKeyRow> {
    const { id, tenantId, name, role, scopes, secretHash, expiresAt } = key;
    const values = [id, tenantId, name, role, scopes, secretHash, expiresAt ?? null];
    return (await execute<ApiKeyRow>(this.db, ADD, values))[0] as ApiKeyRow;
  }

  /** In the order of ids, after `after`. */
  async list(after: string | undefined, limit: number): Promise<ApiKeyRow[]> {
    return execute<ApiKeyRow>(this.db, LIST, [after ?? null, limit]);
  }

  async get(id: string): Promise<ApiKeyRow | undefined> {
    return (await execute<ApiKeyRow>(this.db, GET, [id]))[0];
  }

  /** Repeating it changes nothing. */
  async revoke(id: string): Promise<ApiKeyRow | undefined> {
    return (await execute<ApiKeyRow>(this.db, REVOKE, [id]))[0];
  }
}
