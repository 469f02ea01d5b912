import type { ErrorClass, ErrorCode } from '@orion/domain';
import { HypervisorError } from '../../hypervisor-error';

/** What a failed call or task said. */
export interface FailureEvidence {
  /** `transport`: no answer came. `http`: one with an error status. `task`: how a task ended. */
  readonly where: 'transport' | 'http' | 'task';
  readonly status?: number;
  /** Of the body, the reason phrase or the task's last line. */
  readonly text: string;
  /** Error code of the connection, such as `ECONNRESET`. */
  readonly connectionCode?: string;
  /** Complaints about single parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** True when the hypervisor may have acted although no useful answer came. */
  readonly ambiguous: boolean;
}

/** A failure of Proxmox VE, judged by the error table and still carrying what was said. */
export class ProxmoxFailure extends HypervisorError {
  readonly evidence: FailureEvidence;

  constructor(code: ErrorCode, errorClass: ErrorClass, detail: string, evidence: FailureEvidence) {
    super(code, errorClass, detail, {
      ...(evidence.status === undefined ? {} : { status: evidence.status }),
      ...(evidence.connectionCode === undefined ? {} : { connectionCode: evidence.connectionCode }),
      ...(evidence.parameters === undefined ? {} : { parameters: evidence.parameters }),
    });
    this.name = 'ProxmoxFailure';
    this.evidence = evidence;
  }
}

export function isProxmoxFailure(error: unknown): error is ProxmoxFailure {
  return error instanceof ProxmoxFailure;
}
