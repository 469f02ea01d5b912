import { DomainError, type ErrorClass, type ErrorCode } from '@orion/domain';

/** A failure of the hypervisor, with the class that decides what follows. The text never holds a credential. */
export class HypervisorError extends DomainError {
  readonly errorClass: ErrorClass;

  constructor(code: ErrorCode, errorClass: ErrorClass, detail: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(code, detail, facts);
    this.name = 'HypervisorError';
    this.errorClass = errorClass;
  }
}
