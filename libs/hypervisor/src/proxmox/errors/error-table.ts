import type { ErrorClass, ErrorCode } from '@orion/domain';
import type { FailureEvidence } from './proxmox-failure';

export interface ErrorRow {
  /** Names the row in `docs/reference/hypervisor-contract.md` and in its test. */
  readonly name: string;
  readonly where?: FailureEvidence['where'];
  readonly status?: readonly number[];
  /** Matched against the text and the complaints about parameters. */
  readonly text?: RegExp;
  readonly connection?: RegExp;
  readonly code: ErrorCode;
  readonly class: ErrorClass;
}

/**
 * What Proxmox VE says and what it means here, first match first. Texts are those of the versions 8.0 to 9.2; not found
 * is 500 there, never 404.
 */
export const ERROR_TABLE: readonly ErrorRow[] = [
  // No answer came.
  {
    name: 'certificate-untrusted',
    where: 'transport',
    connection:
      /^(ERR_CERTIFICATE_FINGERPRINT|ERR_TLS_CERT_ALTNAME_INVALID|CERT_\w+|UNABLE_TO_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*)$/,
    code: 'hypervisor.tls_untrusted',
    class: 'permanent',
  },
  {
    name: 'not-tls',
    where: 'transport',
    connection: /^(EPROTO|ERR_SSL_\w+)$/,
    code: 'hypervisor.tls_untrusted',
    class: 'permanent',
  },
  {
    name: 'unreachable',
    where: 'transport',
    connection: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS_HANDSHAKE_TIMEOUT)$/,
    code: 'hypervisor.unreachable',
    class: 'retryable',
  },
  {
    name: 'answer-too-large',
    where: 'transport',
    connection: /^ERR_ANSWER_TOO_LARGE$/,
    code: 'hypervisor.rejected',
    class: 'permanent',
  },
  { name: 'connection-broken', where: 'transport', code: 'hypervisor.outcome_unknown', class: 'unknown' },

  // Credentials and privileges.
  { name: 'credentials-refused', status: [401], code: 'hypervisor.unauthorized', class: 'permanent' },
  {
    name: 'ticket-needed',
    status: [403],
    text: /not available with API token/,
    code: 'hypervisor.forbidden',
    class: 'permanent',
  },
  { name: 'privilege-missing', status: [403], code: 'hypervisor.forbidden', class: 'permanent' },
  { name: 'root-only', text: /only root (can|may)/i, code: 'hypervisor.forbidden', class: 'permanent' },

  // A proxy between API and worker gave up: what was asked may have happened.
  {
    name: 'proxy-pseudo-status',
    where: 'http',
    status: [595, 596, 597, 598, 599],
    code: 'hypervisor.outcome_unknown',
    class: 'unknown',
  },

  {
    name: 'answer-unreadable',
    where: 'http',
    status: [200, 201, 202, 204],
    code: 'hypervisor.outcome_unknown',
    class: 'unknown',
  },

  // Cluster and host.
  { name: 'no-quorum', text: /no quorum/i, code: 'hypervisor.no_quorum', class: 'retryable' },
  { name: 'host-unknown', text: /hostname lookup '[^']*' failed/, code: 'hypervisor.rejected', class: 'permanent' },
  {
    name: 'worker-died',
    where: 'task',
    text: /^unexpected status$/,
    code: 'hypervisor.host_restarted',
    class: 'unknown',
  },
  {
    name: 'last-line-lost',
    where: 'task',
    text: /^unable to (get last line|read tail)/,
    code: 'hypervisor.host_restarted',
    class: 'unknown',
  },
  {
    name: 'worker-not-started',
    text: /got no worker upid|starting worker failed|parent setup error/,
    code: 'hypervisor.conflict',
    class: 'retryable',
  },
  {
    name: 'interrupted',
    where: 'task',
    text: /received interrupt|interrupted by signal/,
    code: 'hypervisor.task_failed',
    class: 'retryable',
  },

  // Locks and concurrent changes.
  {
    name: 'storage-lock-timeout',
    text: /can't lock file '[^']*pve-storage-[^']*' - got timeout|cfs-lock 'storage-[^']*' error|'storage-[^']*'-locked command timed out/,
    code: 'hypervisor.lock_timeout',
    class: 'conflict',
  },
  {
    name: 'vm-lock-timeout',
    text: /can't lock file '[^']*' - got timeout/,
    code: 'hypervisor.lock_timeout',
    class: 'conflict',
  },
  { name: 'vm-locked', text: /VM is locked \([\w-]+\)/, code: 'hypervisor.locked', class: 'conflict' },
  {
    name: 'digest-mismatch',
    text: /checksum mismatch|detected modified configuration/,
    code: 'hypervisor.conflict',
    class: 'conflict',
  },

  // Software-defined networks.
  {
    name: 'sdn-locked',
    text: /invalid lock token provided/,
    code: 'hypervisor.locked',
    class: 'conflict',
  },
  {
    name: 'sdn-lock-timeout',
    text: /cfs-lock 'domain-sdn' error/,
    code: 'hypervisor.lock_timeout',
    class: 'conflict',
  },
  {
    name: 'vnet-name-taken',
    text: /sdn vnet object ID '\w+' already defined/,
    code: 'network.name_taken',
    class: 'permanent',
  },
  {
    name: 'vnet-tag-taken',
    text: /tag \d+ already exist in vnet/,
    code: 'network.tag_taken',
    class: 'permanent',
  },
  { name: 'vnet-in-use', text: /Can't delete vnet if subnets exists/, code: 'network.in_use', class: 'conflict' },
  {
    name: 'zone-missing',
    text: /sdn '\w+' does not exist|cannot lookup undefined type/,
    code: 'site.misconfigured',
    class: 'permanent',
  },

  // Ids and VMs.
  {
    name: 'id-taken',
    text: /unable to create VM \d+: config file already exists|VM \d+ already exists/,
    code: 'vm.id_taken',
    class: 'permanent',
  },
  {
    name: 'configuration-missing',
    text: /Configuration file '[^']*' does not exist/,
    code: 'vm.not_found',
    class: 'permanent',
  },
  {
    name: 'vm-missing-on-host',
    text: /unable to find configuration file for VM \d+/,
    code: 'vm.not_found',
    class: 'permanent',
  },
  { name: 'protected', text: /protection mode enabled/, code: 'vm.protected', class: 'permanent' },
  { name: 'running-destroy', text: /is running - destroy failed/, code: 'hypervisor.conflict', class: 'conflict' },
  { name: 'base-in-use', text: /base volume '[^']*' is still in use/, code: 'template.in_use', class: 'permanent' },
  { name: 'template-started', text: /if it's a template/, code: 'hypervisor.rejected', class: 'permanent' },

  // Clones and snapshots.
  {
    name: 'linked-clone-unsupported',
    text: /Linked clone feature is not supported/,
    code: 'clone.unsupported',
    class: 'permanent',
  },
  {
    name: 'clone-to-other-host',
    text: /can't clone VM to node|can't clone to non-shared storage/,
    code: 'clone.unsupported',
    class: 'permanent',
  },
  {
    name: 'snapshot-unsupported',
    text: /snapshot feature is not available/,
    code: 'snapshot.unsupported',
    class: 'permanent',
  },
  { name: 'snapshot-not-newest', text: /is not most recent snapshot/, code: 'snapshot.not_newest', class: 'permanent' },
  {
    name: 'snapshot-name-used',
    text: /snapshot name '[^']*' already used/,
    code: 'snapshot.name_taken',
    class: 'permanent',
  },
  { name: 'snapshot-missing', text: /snapshot '[^']*' does not exist/, code: 'snapshot.not_found', class: 'permanent' },
  {
    name: 'storage-missing',
    text: /storage '[^']*' does not exist|No such storage/,
    code: 'site.misconfigured',
    class: 'permanent',
  },

  // Power and guest agent.
  {
    name: 'bridge-missing',
    text: /bridge '[^']*' does not exist|interface \S+ does not exist|pve-bridge\S* failed/,
    code: 'network.bridge_missing',
    class: 'permanent',
  },
  {
    name: 'agent-not-configured',
    text: /No QEMU guest agent configured/,
    code: 'guest.agent_not_configured',
    class: 'permanent',
  },
  {
    name: 'agent-silent',
    text: /QEMU guest agent is not running|qga command '[^']*' failed - got timeout/,
    code: 'guest.agent_unavailable',
    class: 'retryable',
  },
  { name: 'agent-refused', text: /^Agent error:/, code: 'guest.exec_failed', class: 'permanent' },
  {
    name: 'guest-deaf',
    text: /(quit|powerdown)\S* failed - got timeout|quit\/powerdown failed/,
    code: 'hypervisor.task_failed',
    class: 'retryable',
  },
  { name: 'vm-not-running', text: /VM \d+ (is )?not running/, code: 'vm.not_running', class: 'retryable' },

  // The rest.
  { name: 'task-unknown', text: /no such task/, code: 'hypervisor.outcome_unknown', class: 'unknown' },
  { name: 'parameter-refused', status: [400], code: 'hypervisor.rejected', class: 'permanent' },
  {
    name: 'call-unknown',
    status: [301, 302, 307, 308, 404, 501, 505, 506],
    code: 'hypervisor.rejected',
    class: 'permanent',
  },
  { name: 'gateway-failed', status: [502, 503, 504], code: 'hypervisor.outcome_unknown', class: 'unknown' },
  { name: 'task-failed', where: 'task', code: 'hypervisor.task_failed', class: 'retryable' },
  { name: 'died', code: 'hypervisor.rejected', class: 'retryable' },
];
