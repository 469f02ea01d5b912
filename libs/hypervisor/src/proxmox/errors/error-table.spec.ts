import { ERROR_TABLE } from './error-table';
import { findErrorRow } from './judge-failure';
import type { FailureEvidence } from './proxmox-failure';

const http = (status: number, text: string, parameters?: Record<string, string>): FailureEvidence => ({
  where: 'http',
  status,
  text,
  ambiguous: false,
  ...(parameters ? { parameters } : {}),
});
const task = (text: string): FailureEvidence => ({ where: 'task', text, ambiguous: false });
const broken = (connectionCode: string): FailureEvidence => ({
  where: 'transport',
  text: '',
  connectionCode,
  ambiguous: true,
});

/** What Proxmox VE says, and the row that must catch it. */
const EXAMPLES: readonly (readonly [row: string, said: FailureEvidence])[] = [
  ['certificate-untrusted', broken('ERR_CERTIFICATE_FINGERPRINT')],
  ['certificate-untrusted', broken('DEPTH_ZERO_SELF_SIGNED_CERT')],
  ['certificate-untrusted', broken('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
  ['certificate-untrusted', broken('CERT_HAS_EXPIRED')],
  ['certificate-untrusted', broken('ERR_TLS_CERT_ALTNAME_INVALID')],
  ['not-tls', broken('EPROTO')],
  ['unreachable', broken('ECONNREFUSED')],
  ['unreachable', broken('ENOTFOUND')],
  ['unreachable', broken('ERR_TLS_HANDSHAKE_TIMEOUT')],
  ['answer-too-large', broken('ERR_ANSWER_TOO_LARGE')],
  ['connection-broken', broken('ECONNRESET')],
  ['connection-broken', broken('ETIMEDOUT')],
  ['credentials-refused', http(401, 'No ticket')],
  ['credentials-refused', http(401, 'Authentication failed!')],
  [
    'ticket-needed',
    http(403, "Permission check failed (URI '/access/ticket' not available with API token, need proper ticket."),
  ],
  ['privilege-missing', http(403, 'Permission check failed (/vms/4001, VM.Config.Network)')],
  ['privilege-missing', http(403, 'Permission check failed')],
  ['root-only', http(500, "only root can set 'lock' config")],
  ['root-only', http(400, 'Parameter verification failed.', { skiplock: 'Only root may use this option.' })],
  ['proxy-pseudo-status', http(595, 'Connection refused')],
  ['proxy-pseudo-status', http(596, 'Broken pipe')],
  ['proxy-pseudo-status', http(596, 'Connection timed out')],
  ['proxy-pseudo-status', http(599, 'Too many redirections')],
  ['answer-unreadable', http(200, 'the answer is not readable')],
  ['no-quorum', http(500, 'cluster not ready - no quorum?')],
  ['no-quorum', task('no quorum!')],
  [
    'host-unknown',
    http(500, "hostname lookup 'nope' failed - failed to get address info for: nope: Name or service not known"),
  ],
  ['worker-died', task('unexpected status')],
  ['last-line-lost', task('unable to get last line of task log')],
  ['worker-not-started', http(500, 'got no worker upid - start worker failed')],
  ['interrupted', task('received interrupt')],
  ['interrupted', task("clone failed: copy failed: command '/usr/bin/qemu-img convert' failed: interrupted by signal")],
  [
    'storage-lock-timeout',
    task("clone failed: can't lock file '/var/lock/pve-manager/pve-storage-local' - got timeout"),
  ],
  ['storage-lock-timeout', task("clone failed: cfs-lock 'storage-nfs1' error: got lock request timeout")],
  ['storage-lock-timeout', task("clone failed: 'storage-nfs1'-locked command timed out - aborting")],
  ['vm-lock-timeout', http(500, "can't lock file '/var/lock/qemu-server/lock-4001.conf' - got timeout")],
  ['vm-locked', http(500, 'VM is locked (snapshot-delete)')],
  ['vm-locked', task('VM is locked (backup)')],
  ['digest-mismatch', http(500, 'checksum mismatch (file change by other user?)')],
  [
    'sdn-locked',
    http(500, 'could not commit SDN config: invalid lock token provided! at /usr/share/perl5/SDN.pm line 291.'),
  ],
  ['sdn-lock-timeout', http(500, "cfs-lock 'domain-sdn' error: got lock request timeout")],
  ['vnet-name-taken', http(500, "create sdn vnet object failed: sdn vnet object ID 'tv1' already defined")],
  [
    'vnet-tag-taken',
    http(
      500,
      'create sdn vnet object failed: 400 Parameter verification failed.\ntag: tag 100 already exist in vnet tvlan',
    ),
  ],
  [
    'vnet-in-use',
    http(
      500,
      "delete sdn vnet object failed: 400 Parameter verification failed.\nvnet: Can't delete vnet if subnets exists",
    ),
  ],
  ['zone-missing', http(500, 'create sdn vnet object failed: cannot lookup undefined type! at Vnets.pm line 326.')],
  ['zone-missing', http(500, "sdn 'nope' does not exist")],
  ['id-taken', http(500, 'unable to create VM 4001: config file already exists')],
  ['id-taken', http(400, 'Parameter verification failed.', { vmid: 'VM 4001 already exists' })],
  ['id-taken', task("unable to create VM 4001 - VM 4001 already exists on node 'pve2'")],
  ['configuration-missing', http(500, "Configuration file 'nodes/pve1/qemu-server/4001.conf' does not exist")],
  ['vm-missing-on-host', task("unable to find configuration file for VM 4001 on node 'pve1'")],
  ['protected', http(500, "can't remove VM 4001 - protection mode enabled")],
  ['running-destroy', http(500, 'VM 4001 is running - destroy failed')],
  ['base-in-use', task("base volume 'local:900/base-900-disk-0.qcow2' is still in use by linked cloned")],
  ['template-started', task("you can't start a vm if it's a template")],
  ['linked-clone-unsupported', http(500, "Linked clone feature is not supported for 'lvm:vm-900-disk-0' (scsi0)")],
  ['clone-to-other-host', http(500, "can't clone VM to node 'pve2' (VM uses local storage)")],
  ['clone-to-other-host', http(500, "can't clone to non-shared storage 'local'")],
  ['snapshot-unsupported', task('snapshot feature is not available')],
  ['snapshot-not-newest', task("can't rollback, 'base' is not most recent snapshot on 'tank:vm-4001-disk-0'")],
  ['snapshot-name-used', task("snapshot name 'base' already used")],
  ['snapshot-missing', task("snapshot 'base' does not exist")],
  ['storage-missing', http(500, "storage 'fast' does not exist")],
  ['storage-missing', http(400, 'Parameter verification failed.', { storage: 'No such storage.' })],
  ['bridge-missing', task("bridge 'vmbr7' does not exist")],
  [
    'bridge-missing',
    http(400, 'Parameter verification failed.', { net0: 'hotplug problem - interface vnet7 does not exist' }),
  ],
  ['agent-not-configured', http(500, 'No QEMU guest agent configured')],
  ['agent-silent', http(500, 'QEMU guest agent is not running')],
  ['agent-silent', http(500, "VM 4001 qga command 'guest-ping' failed - got timeout")],
  ['agent-refused', http(500, "Agent error: failed to open file '/nope' (mode: 'wb'): No such file or directory")],
  ['guest-deaf', task('VM quit/powerdown failed - got timeout')],
  ['vm-not-running', http(500, 'VM 4001 is not running')],
  ['vm-not-running', http(500, 'VM 4001 not running')],
  ['task-unknown', http(400, 'Parameter verification failed.', { upid: 'no such task' })],
  ['parameter-refused', http(400, 'Parameter verification failed.', { name: 'invalid format' })],
  ['call-unknown', http(501, "Method 'GET /nope' not implemented")],
  ['gateway-failed', http(502, 'Bad Gateway')],
  ['task-failed', task('start failed: QEMU exited with code 1')],
  ['died', http(500, 'something nobody foresaw at /usr/share/perl5/PVE/API2/Qemu.pm line 12.')],
];

test.each(EXAMPLES)('%s is recognised by what Proxmox VE says', (row, said) => {
  expect(findErrorRow(said).name).toBe(row);
});

test('each row of the error table has an example', () => {
  const exemplified = new Set(EXAMPLES.map(([row]) => row));
  expect(ERROR_TABLE.map(({ name }) => name).filter((name) => !exemplified.has(name))).toEqual([]);
});

test('no two rows share a name', () => {
  expect(new Set(ERROR_TABLE.map(({ name }) => name)).size).toBe(ERROR_TABLE.length);
});
