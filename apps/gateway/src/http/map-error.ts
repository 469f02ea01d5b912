import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode } from '@orion/domain';

/** Constraints of the database whose violation a client can cause and understand. */
const UNIQUE: Readonly<Record<string, ErrorCode>> = {
  blueprint_name: 'blueprint.name_taken',
  tenant_name_unique: 'tenant.name_taken',
  site_name_unique: 'site.name_taken',
  range_name: 'range.name_taken',
  baseline_name: 'baseline.name_taken',
  range_snapshot_name: 'snapshot.name_taken',
  job_one_changing_per_range: 'range.busy',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'request.invalid',
  404: 'route.not_found',
  408: 'request.body_timeout',
  413: 'request.too_large',
  414: 'request.invalid',
  415: 'request.unsupported_media_type',
  429: 'request.rate_limited',
  503: 'service.unavailable',
};

/** Classes of SQLSTATE that say: not now. Connection, resources, operator intervention, roll-backs. */
const UNAVAILABLE_STATES = /^(08|53|57|40)|^55P03$|^25P0[234]$|^58/;
const UNAVAILABLE_CODES = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
const UNAVAILABLE_TEXTS = /Connection terminated|timeout exceeded when trying to connect|Client has encountered/i;

interface DatabaseFailure {
  readonly code?: string;
  readonly constraint?: string;
  readonly message?: string;
}

/** Turns whatever was thrown into an error of the catalogue. What nobody foresaw becomes `internal.error`, without details. */
export function mapError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof HttpException) return fromHttp(error);
  const failure = ((error as { driverError?: unknown }).driverError ?? error) as DatabaseFailure;
  const taken = failure.code === '23505' ? UNIQUE[failure.constraint ?? ''] : undefined;
  if (taken !== undefined) return new DomainError(taken);
  if (isUnavailable(failure)) return new DomainError('service.unavailable');
  return new DomainError('internal.error');
}

/** The constraint that a failed statement violated. */
export function violatedConstraint(error: unknown): string | undefined {
  const failure = ((error as { driverError?: unknown } | undefined)?.driverError ?? error) as
    DatabaseFailure | undefined;
  return failure?.code?.startsWith('23') === true ? failure.constraint : undefined;
}

function fromHttp(error: HttpException): DomainError {
  const code = BY_STATUS[error.getStatus()] ?? (error.getStatus() < 500 ? 'request.invalid' : 'internal.error');
  const quoted = code === 'request.invalid' || code === 'route.not_found';
  return new DomainError(code, quoted ? asSentence(error.message) : undefined);
}

function isUnavailable({ code = '', message = '' }: DatabaseFailure): boolean {
  return (
    (/^[0-9A-Z]{5}$/.test(code) && UNAVAILABLE_STATES.test(code)) ||
    UNAVAILABLE_CODES.test(code) ||
    UNAVAILABLE_TEXTS.test(message)
  );
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
