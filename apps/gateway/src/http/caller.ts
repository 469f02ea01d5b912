import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError, type Principal } from '@orion/domain';
import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { currentTraceparent } from '@orion/runtime';

import { traceIdOf } from './request-span';

/** Who asks, and what of the request belongs to the asking rather than to what is asked. */
export interface Caller {
  readonly principal: Principal;
  /** As audit events and rows name who did it. */
  readonly actor: string;
  readonly traceId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Present when the client gave an Idempotency-Key. */
  readonly idempotency?: { readonly key: string; readonly route: string; readonly bodyHash: Buffer } | undefined;
  /** Entity tags of If-Match; `*` matches every one. Absent: no such header. */
  readonly ifMatch?: readonly string[] | undefined;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Hands a handler its caller. Only on routes that need a key. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>());
});

export function callerOf(request: FastifyRequest): Caller {
  const principal = request.principal;
  if (principal === undefined) throw new DomainError('auth.required');
  return {
    principal,
    actor: `key:${principal.keyId}`,
    traceId: traceIdOf(request),
    traceparent: currentTraceparent(),
    idempotency: idempotencyOf(request),
    ifMatch: request.headers['if-match']?.split(',').map((tag) => tag.trim()),
  };
}

/** A key counts per tenant and path, ids of the path included: what is asked of another range is another request. */
function idempotencyOf(request: FastifyRequest): Caller['idempotency'] {
  const key = request.headers['idempotency-key'];
  if (key === undefined || request.method !== 'POST') return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new DomainError(
      'request.invalid',
      'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.',
    );
  }
  const path = (request.url.split('?')[0] ?? '').replace(/^\/v1(?=\/)/, '').replace(/\/+$/, '');
  const bodyHash = createHash('sha256')
    .update(request.rawBody ?? Buffer.alloc(0))
    .digest();
  return { key, route: `POST ${path}`, bodyHash };
}

/** Refuses a change whose If-Match is missing (428) or names none of the current versions (412). */
export function assertMatches(caller: Caller, etag: string): void {
  if (caller.ifMatch === undefined) {
    throw new DomainError('request.precondition_required', 'Send the ETag that you read as If-Match.');
  }
  if (!caller.ifMatch.includes(etag) && !caller.ifMatch.includes('*')) {
    throw new DomainError('request.precondition_failed', undefined, { etag });
  }
}
