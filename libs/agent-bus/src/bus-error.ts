import { DomainError, ERRORS, type ErrorCode } from '@orion/domain';

/**
 * Why a request brought no answer.
 * `unreachable`: there is no connection. `no_listener`: nobody serves that site now. `timeout`: no answer in time; the
 * request may have been handled all the same. `refused`: the other side answered with an error. `too_large`: never sent.
 * `malformed_reply`: the answer cannot be understood. `closed`: this side is stopping.
 */
export type BusFailure =
  'unreachable' | 'no_listener' | 'timeout' | 'refused' | 'too_large' | 'malformed_reply' | 'closed';

const CODES: Readonly<Record<Exclude<BusFailure, 'refused'>, ErrorCode>> = {
  unreachable: 'service.unavailable',
  no_listener: 'service.unavailable',
  timeout: 'service.unavailable',
  too_large: 'request.too_large',
  malformed_reply: 'internal.error',
  closed: 'service.unavailable',
};

/** A request on the bus that failed. Only `refused` says that the other side did not do it. */
export class BusError extends DomainError {
  override readonly name = 'BusError';
  readonly failure: BusFailure;

  constructor(failure: BusFailure, detail: string, code?: ErrorCode) {
    super(code ?? (failure === 'refused' ? 'internal.error' : CODES[failure]), detail, { failure });
    this.failure = failure;
  }

  /** True when the same request may be sent again and may then be answered. */
  get retryable(): boolean {
    return ERRORS[this.code].retry !== 'never';
  }
}
