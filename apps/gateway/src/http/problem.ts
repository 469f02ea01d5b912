import { type DomainError, ERRORS, type ErrorCode } from '@orion/domain';
import { redactText } from '@orion/runtime';

import { ERROR_STATUS } from './error-status';

/** An error as clients read it (RFC 9457). Further members are the facts behind it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retry: 'never' | 'later' | 'backoff';
  readonly traceId?: string;
  readonly [fact: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
/** Names an error as RFC 9457 wants it; nothing answers there, `docs/reference/errors.md` tells what each means. */
const TYPE_PREFIX = 'urn:orion-range:error:';

/** Where an error happened: the path that was asked for, without its query, and the trace. */
export interface ProblemPlace {
  readonly instance: string;
  readonly traceId?: string | undefined;
}

/** Describes an error. What a fact calls like a member of the standard does not replace that. */
export function problemOf(error: DomainError, { instance, traceId }: ProblemPlace): Problem {
  return {
    ...error.facts,
    type: `${TYPE_PREFIX}${error.code}`,
    title: ERRORS[error.code].title,
    status: ERROR_STATUS[error.code],
    detail: redactText(error.message),
    instance,
    code: error.code,
    retry: ERRORS[error.code].retry,
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** Seconds after which a repetition is worth it; undefined where the state must change first. */
export function retryAfterOf(code: ErrorCode): number | undefined {
  return ERROR_STATUS[code] === 503 || ERROR_STATUS[code] === 429 ? 1 : undefined;
}
