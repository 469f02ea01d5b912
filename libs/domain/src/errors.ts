/** What a caller may do about an error: never repeat, repeat later (the state must change first), or repeat with back-off. */
export type RetryAdvice = 'never' | 'later' | 'backoff';

/**
 * Every error that leaves Orion Range, by its stable code. Codes are API: they are added, never renamed.
 * `docs/reference/errors.md` documents each one; a test compares the two.
 */
export const ERRORS = {
  'request.invalid': { title: 'The request is not well-formed', retry: 'never' },
  'request.too_large': { title: 'The request body is too large', retry: 'never' },
  'request.unsupported_media_type': { title: 'The content type is not supported', retry: 'never' },
  'request.rate_limited': { title: 'Too many requests', retry: 'later' },
  'request.idempotency_key_reused': { title: 'The Idempotency-Key was used with another body', retry: 'never' },
  'request.precondition_required': { title: 'This change needs an If-Match header', retry: 'never' },
  'request.precondition_failed': { title: 'The resource has changed since it was read', retry: 'never' },
  'request.cursor_invalid': { title: 'The page cursor is not valid', retry: 'never' },
  'request.body_timeout': { title: 'The request body did not arrive in time', retry: 'backoff' },
  'route.not_found': { title: 'There is no such route', retry: 'never' },
  'resource.not_found': { title: 'There is no such resource', retry: 'never' },
  'auth.required': { title: 'An API key is required', retry: 'never' },
  'auth.invalid': { title: 'The API key is not valid', retry: 'never' },
  'auth.forbidden': { title: 'The API key does not allow this', retry: 'never' },
  'blueprint.invalid': { title: 'The blueprint has problems', retry: 'never' },
  'blueprint.name_taken': { title: 'A blueprint of that name exists', retry: 'never' },
  'blueprint.in_use': { title: 'Ranges use this blueprint', retry: 'later' },
  'tenant.name_taken': { title: 'A tenant of that name exists', retry: 'never' },
  'site.name_taken': { title: 'A site of that name exists', retry: 'never' },
  'tenant.in_use': { title: 'Ranges of this tenant still exist', retry: 'later' },
  'site.in_use': { title: 'Ranges use this site', retry: 'later' },
  'site.ambiguous': { title: 'The request must name one of several sites', retry: 'never' },
  'site.not_granted': { title: 'The site is not open to this tenant', retry: 'never' },
  'site.unsupported': { title: 'The site cannot do what is asked', retry: 'never' },
  'site.offline': { title: 'No agent serves this site', retry: 'backoff' },
  'site.inventory_missing': { title: 'The site has not reported its inventory yet', retry: 'backoff' },
  'site.misconfigured': { title: 'The site is not set up as its jobs need it', retry: 'later' },
  'range.busy': { title: 'Another job is changing this range', retry: 'later' },
  'range.name_taken': { title: 'A range of that name exists', retry: 'never' },
  'range.illegal_state': { title: 'The range cannot do that in its state', retry: 'later' },
  'node.not_found': { title: 'The range has no node of that name', retry: 'never' },
  'snapshot.name_taken': { title: 'The node has a snapshot of that name', retry: 'never' },
  'baseline.name_taken': { title: 'The range has a baseline of that name', retry: 'never' },
  'baseline.missing': { title: 'The range has no such baseline', retry: 'never' },
  'baseline.not_ready': { title: 'The baseline cannot be returned to', retry: 'later' },
  'baseline.unsupported': { title: 'The site cannot keep such a baseline', retry: 'never' },
  'baseline.not_newest': { title: 'The storage rolls back to the newest snapshot only', retry: 'later' },
  'reset.not_proven': { title: 'The range is not what its baseline says', retry: 'later' },
  'job.illegal_transition': { title: 'The job cannot move to that state', retry: 'never' },
  'job.superseded': { title: 'A later job has changed the range', retry: 'never' },
  'job.deadline_exceeded': { title: 'The job did not end before its deadline', retry: 'later' },
  'job.steps_failed': { title: 'Steps of the job failed', retry: 'later' },
  'step.timeout': { title: 'The step did not end in time', retry: 'backoff' },
  'step.outcome_unknown': { title: 'The outcome of a step could not be observed', retry: 'later' },
  'step.attempts_exhausted': { title: 'The step failed in each of its attempts', retry: 'later' },
  'capacity.insufficient': { title: 'The site has too little room for the range', retry: 'later' },
  'network.pool_exhausted': { title: 'The site has no free network left', retry: 'later' },
  'vmid.pool_exhausted': { title: 'The site has no free VM id left', retry: 'later' },
  'template.not_found': { title: 'The site has no template of that name', retry: 'never' },
  'command.stale_sequence': { title: 'A newer command for the target was seen', retry: 'never' },
  'command.expired': { title: 'The command arrived after its deadline', retry: 'never' },
  'command.kind_unknown': { title: 'The agent does not know this kind of command', retry: 'later' },
  'command.malformed': { title: 'The command is not well-formed', retry: 'never' },
  'command.cancelled': { title: 'The command was cancelled', retry: 'never' },
  'agent.generation_mismatch': { title: 'The agent is not the one registered for the site', retry: 'never' },
  'agent.resyncing': { title: 'The agent has lost its journal and is catching up', retry: 'backoff' },
  'agent.journal_unwritable': { title: 'The agent cannot write its journal', retry: 'backoff' },
  'hypervisor.unreachable': { title: 'The hypervisor did not answer', retry: 'backoff' },
  'hypervisor.tls_untrusted': { title: 'The certificate of the hypervisor is not trusted', retry: 'never' },
  'hypervisor.unauthorized': { title: 'The hypervisor refused the credentials', retry: 'never' },
  'hypervisor.forbidden': { title: 'The hypervisor token lacks a privilege', retry: 'never' },
  'hypervisor.outcome_unknown': { title: 'The hypervisor broke off before it told the outcome', retry: 'backoff' },
  'hypervisor.rejected': { title: 'The hypervisor rejected the call', retry: 'never' },
  'hypervisor.task_failed': { title: 'A task of the hypervisor failed', retry: 'backoff' },
  'hypervisor.locked': { title: 'The VM is locked on the hypervisor', retry: 'backoff' },
  'hypervisor.lock_timeout': { title: 'The hypervisor waited for a lock in vain', retry: 'backoff' },
  'hypervisor.no_quorum': { title: 'The hypervisor cluster has no quorum', retry: 'backoff' },
  'hypervisor.conflict': { title: 'The hypervisor saw a concurrent change', retry: 'backoff' },
  'hypervisor.host_restarted': { title: 'The host restarted while it worked', retry: 'backoff' },
  'vm.not_found': { title: 'The VM does not exist', retry: 'never' },
  'vm.foreign': { title: 'The VM does not carry the expected mark', retry: 'never' },
  'vm.id_taken': { title: 'The VM id is taken by another VM', retry: 'backoff' },
  'vm.protected': { title: 'The VM is protected against removal', retry: 'never' },
  'vm.not_running': { title: 'The VM is not running', retry: 'backoff' },
  'template.in_use': { title: 'Linked clones still use the template', retry: 'later' },
  'snapshot.not_found': { title: 'The snapshot does not exist', retry: 'never' },
  'snapshot.unsupported': { title: 'The storage cannot take snapshots', retry: 'never' },
  'snapshot.not_newest': { title: 'The storage rolls back to the newest snapshot only', retry: 'never' },
  'clone.unsupported': { title: 'The storage cannot make linked clones', retry: 'never' },
  'guest.agent_not_configured': { title: 'The VM has no guest agent configured', retry: 'never' },
  'guest.agent_unavailable': { title: 'The guest agent does not answer', retry: 'backoff' },
  'guest.exec_failed': { title: 'The command in the guest could not be run', retry: 'never' },
  'network.apply_failed': { title: 'A host did not take the network on', retry: 'backoff' },
  'network.name_taken': { title: 'The name of the network is taken on the site', retry: 'never' },
  'network.tag_taken': { title: 'The tag of the network is taken in its zone', retry: 'never' },
  'network.in_use': { title: 'Something still hangs on the network', retry: 'later' },
  'network.changes_pending': { title: 'Changes of somebody else wait to be applied', retry: 'later' },
  'network.bridge_missing': { title: 'The bridge does not exist on the host', retry: 'never' },
  'service.unavailable': { title: 'The service cannot answer now', retry: 'backoff' },
  'service.overloaded': { title: 'The service has too much to do', retry: 'later' },
  'internal.error': { title: 'Something went wrong on our side', retry: 'backoff' },
} as const satisfies Record<string, { title: string; retry: RetryAdvice }>;

export type ErrorCode = keyof typeof ERRORS;

/** Tells whether `value` is one of the catalogue's codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERRORS, value);
}

/**
 * An error with a stable code. `detail` says in one sentence what happened; `facts` are the values behind it.
 * Neither may carry a secret: both reach the client.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail?: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(detail ?? ERRORS[code].title);
    this.name = 'DomainError';
    this.code = code;
    this.facts = facts;
  }
}
