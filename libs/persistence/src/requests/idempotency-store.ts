import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A request that names itself, so that a repetition gets the first one's answer. */
export interface IdempotentRequest {
  readonly tenantId: string;
  /** Method and path, such as `POST /ranges`. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of the body. */
  readonly bodyHash: Buffer;
}

export interface StoredAnswer {
  readonly status: number;
  readonly answer: unknown;
}

/** What became of the request that had the key first. */
export interface EarlierRequest {
  readonly sameBody: boolean;
  readonly stored: StoredAnswer;
}

export type Claim = { readonly first: true } | ({ readonly first: false } & EarlierRequest);

/** How long an answer is kept. The orchestrator's housekeeping deletes older ones. */
const KEPT = `interval '24 hours'`;

// Waits for a concurrent claim of the same key until that transaction ends; one that has expired is taken over.
const CLAIM = statement(
  'idempotency-claim',
  `INSERT INTO idempotency_request AS r (tenant_id, route, key, body_hash) VALUES ($1, $2, $3, $4)
   ON CONFLICT (tenant_id, route, key) DO UPDATE
     SET body_hash = excluded.body_hash, status = NULL, answer = NULL, created_at = now()
     WHERE r.created_at < now() - ${KEPT}
   RETURNING key`,
);
const READ = statement(
  'idempotency-read',
  `SELECT body_hash = $4 AS "sameBody", status, answer FROM idempotency_request
    WHERE tenant_id = $1 AND route = $2 AND key = $3 AND created_at >= now() - ${KEPT}`,
);
const ANSWER = statement(
  'idempotency-answer',
  `UPDATE idempotency_request SET status = $4, answer = $5 WHERE tenant_id = $1 AND route = $2 AND key = $3`,
);

/** Answers by Idempotency-Key. Claim and answer belong to the transaction that does the work. */
export class IdempotencyStore {
  constructor(private readonly db: EntityManager) {}

  /**
   * Claims the key for this transaction, or returns the answer of the one that had it first. A claim ends with a
   * rollback, so that a request that failed may be repeated.
   */
  async claim(request: IdempotentRequest): Promise<Claim> {
    const values = [request.tenantId, request.route, request.key, request.bodyHash];
    if ((await execute(this.db, CLAIM, values)).length > 0) return { first: true };
    const earlier = await this.find(request);
    if (earlier === undefined) throw new Error('The request that had the key first cannot be read.');
    return { first: false, ...earlier };
  }

  /** The answer of an earlier request; undefined also while that is still being worked on. */
  async find(request: IdempotentRequest): Promise<EarlierRequest | undefined> {
    const values = [request.tenantId, request.route, request.key, request.bodyHash];
    const [row] = await execute<{ sameBody: boolean; status: number; answer: unknown }>(this.db, READ, values);
    return row && { sameBody: row.sameBody, stored: { status: row.status, answer: row.answer } };
  }

  async answer(request: IdempotentRequest, { status, answer }: StoredAnswer): Promise<void> {
    const values = [request.tenantId, request.route, request.key, status, JSON.stringify(answer)];
    await execute(this.db, ANSWER, values);
  }
}
