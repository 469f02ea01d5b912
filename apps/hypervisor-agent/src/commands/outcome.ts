import { DomainError, type StepOutcome } from '@orion/domain';
import { HypervisorError } from '@orion/hypervisor';
import { redactText } from '@orion/runtime';

/** Why a command was told to end. */
export type AbortReason = 'cancelled' | 'timeout';

/**
 * What a handler's failure means. A command is `cancelled` only when it stopped because it was told to; any other failure
 * is reported as it is, above all one whose effect could not be observed. `resumed`: an earlier life of the agent had begun
 * the command, and may have done more of it than is known; the failure says so.
 */
export function outcomeOf(error: unknown, aborted: AbortReason | undefined, resumed = false): StepOutcome {
  if (aborted === 'cancelled' && stoppedAsTold(error)) return { status: 'cancelled' };
  if (aborted === 'timeout') {
    const detail = `The command did not end in time. ${messageOf(error)}`.trim();
    return { status: 'failed', error: { code: 'step.timeout', class: 'unknown', detail } };
  }
  if (error instanceof HypervisorError) {
    return {
      status: 'failed',
      error: {
        code: error.code,
        class: error.errorClass,
        detail: error.message,
        facts: { ...error.facts, ...(resumed && { resumed }) },
      },
    };
  }
  if (error instanceof DomainError) {
    return {
      status: 'failed',
      error: { code: error.code, class: 'permanent', detail: error.message, facts: error.facts },
    };
  }
  return { status: 'failed', error: { code: 'internal.error', class: 'unknown', detail: messageOf(error) } };
}

function stoppedAsTold(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'command.cancelled';
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

function messageOf(error: unknown): string {
  return redactText(error instanceof Error ? error.message : String(error));
}
