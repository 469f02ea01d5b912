import { isErrorCode, type ErrorCode } from '../errors';
import type { NodeState } from '../ranges/range';
import type { JobError } from './job';

const REPAIR = 'POST /ranges/{id}/repairs';
const RETRY = 'POST /jobs/{id}/retry';

/** What a person can do about errors of jobs and steps that do not pass by themselves. */
const HINTS: Partial<Readonly<Record<ErrorCode, string>>> = {
  'step.outcome_unknown': `See that the agent and the hypervisor answer; then ${REPAIR} looks at each VM and makes the range whole, or destroy the range. See docs/runbooks/unknown-outcome.md.`,
  'hypervisor.outcome_unknown': `See that the agent and the hypervisor answer; then ${REPAIR} looks at each VM and makes the range whole. See docs/runbooks/unknown-outcome.md.`,
  'step.timeout': `See why the agent or the hypervisor took so long, then ${RETRY}.`,
  'hypervisor.locked': `If no task of the hypervisor holds the lock any more, an administrator takes it away (qm unlock); then ${RETRY}. See docs/runbooks/stale-lock.md.`,
  'hypervisor.unreachable': `See that the agent reaches the hypervisor, then ${RETRY}.`,
  'vm.id_taken': `Something that is not ours has the ids that were tried; it is not touched. Free ids of the site's range, then ${REPAIR}.`,
  'vm.foreign': `The VM is left alone. ${REPAIR} gives the node another id.`,
  'vm.not_found': `${REPAIR} makes the VM again.`,
  'job.steps_failed': `GET /jobs/{id}/steps?state=failed tells why; mend the cause, then ${RETRY}.`,
  'reset.not_proven': `The job's result says what differs. POST /ranges/{id}/resets tries again; where a VM or its snapshot is gone, ${REPAIR} makes it anew, and a new baseline is needed.`,
  'snapshot.not_found': `${REPAIR} makes the range whole; then take a new baseline.`,
  'job.deadline_exceeded': `${RETRY} goes on with as much time again.`,
};

/** What a person can do about a job's or a step's error; undefined when its code says it all. */
export function hintOf({ code, facts }: Pick<JobError, 'facts'> & { readonly code: string }): string | undefined {
  const cause = facts?.['code'];
  const ofCause = typeof cause === 'string' && isErrorCode(cause) ? HINTS[cause] : undefined;
  return ofCause ?? (isErrorCode(code) ? HINTS[code] : undefined);
}

/** What a person can do about a node in this state; undefined when there is nothing to do. */
export function nodeHintOf(state: NodeState): string | undefined {
  if (state !== 'unknown') return undefined;
  return `What its last step came to could not be observed. GET /ranges/{id}/drift tells what is there; ${REPAIR} looks at the VM and decides.`;
}
