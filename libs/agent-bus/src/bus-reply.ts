import { DomainError, isErrorCode, type ErrorCode } from '@orion/domain';
import { BusError } from './bus-error';

/** How an answer looks on the wire, over both transports. */
export type BusReply =
  { readonly ok: unknown } | { readonly error: { readonly code: string; readonly detail: string } };

/** What a caller is told about an error. Text of unexpected errors stays on our side. */
export function errorReply(error: unknown): BusReply {
  if (error instanceof DomainError) return { error: { code: error.code, detail: error.message } };
  return { error: { code: 'internal.error', detail: 'The request could not be handled.' } };
}

/** The answer's content; throws `refused` for an error, `malformed_reply` for anything that is no answer of the bus. */
export function openReply(reply: unknown): unknown {
  if (typeof reply === 'object' && reply !== null) {
    if ('ok' in reply) return reply.ok;
    if ('error' in reply) throw refusal(reply.error);
  }
  throw new BusError('malformed_reply', 'The answer has no known form.');
}

function refusal(error: unknown): BusError {
  const { code, detail } = (error ?? {}) as { code?: unknown; detail?: unknown };
  const known: ErrorCode = typeof code === 'string' && isErrorCode(code) ? code : 'internal.error';
  return new BusError('refused', typeof detail === 'string' ? detail : 'The request was refused.', known);
}
