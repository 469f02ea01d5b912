import { createHash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@orion/domain';
import type { IncomingMessage } from '../message-gate';

/** Around each request over TCP: what a subject, headers and credentials are over NATS. */
export interface TcpEnvelope {
  readonly siteId: string;
  readonly token: string;
  readonly traceparent?: string;
  readonly body: unknown;
}

/** The message inside; throws `auth.forbidden` when it does not carry the token of this bus. */
export function openEnvelope(data: unknown, token: string): IncomingMessage {
  const envelope = (typeof data === 'object' && data !== null ? data : {}) as Partial<Record<string, unknown>>;
  const { siteId, traceparent, body } = envelope;
  if (typeof envelope['token'] !== 'string' || !isEqual(envelope['token'], token)) {
    throw new DomainError('auth.forbidden', 'The message does not carry the token of this bus.');
  }
  return {
    siteId: typeof siteId === 'string' ? siteId : '',
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    body,
  };
}

function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
