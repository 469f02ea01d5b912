import { DomainError, type StepOutcome } from '@orion/domain';
import { HypervisorError } from '@orion/hypervisor';
import { redactText } from '@orion/runtime';

/** Why a command was told to end. */
export type AbortReason = 'cancelled' | 'timeout';

/** What a handler's failure means. An abort counts only when the handler did not succeed all the same. */
export function outcomeOf(error: unknown, aborted: AbortReason | undefined): StepOutcome {
  if (aborted === 'cancelled') return { status: 'cancelled' };
  if (aborted === 'timeout') {
    const detail = `The command did not end in time. ${messageOf(error)}`.trim();
    return { status: 'failed', error: { code: 'step.timeout', class: 'unknown', detail } };
  }
  if (error instanceof HypervisorError) {
    return {
      status: 'failed',
      error: { code: error.code, class: error.errorClass, detail: error.message, facts: error.facts },
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

function messageOf(error: unknown): string {
  return redactText(error instanceof Error ? error.message : String(error));
}
