import type { CallOptions } from '../testing/pve-client';

/** One measured fact about Proxmox VE 9.1: what a call answers. VM 110 is stopped, 111 runs, 9000 is a template. */
interface CallFact extends CallOptions {
  readonly fact: string;
  readonly call: string;
  readonly status: number;
  readonly reason?: string;
  readonly errors?: Record<string, string>;
  /** Keys that the data (or its first entry) has. */
  readonly keys?: readonly string[];
}

const INVALID = 'Parameter verification failed.';
const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';
const CONFIG = 'PUT /nodes/pve1/qemu/110/config';
const NET = 'invalid format - format error\nnet0.';

const refused = (fact: string, form: Record<string, string>, errors: Record<string, string>): CallFact => ({
  ...{ fact, call: CONFIG, form, status: 400, reason: INVALID, errors },
});

export const CALL_FACTS: readonly CallFact[] = [
  { fact: 'the version has three keys', call: 'GET /version', status: 200, keys: ['release', 'repoid', 'version'] },
  { fact: 'slashes may be doubled and trail', call: 'GET //version/', status: 200 },
  { fact: 'an unknown path is 501', call: 'GET /nope', status: 501, reason: "Method 'GET /nope' not implemented" },
  {
    fact: 'a wrong method is 501',
    call: 'POST /version',
    status: 501,
    reason: "Method 'POST /version' not implemented",
  },
  { fact: 'PATCH is not available', call: 'PATCH /version', status: 501, reason: "method 'PATCH' not available" },
  {
    fact: 'GET takes no body',
    call: 'GET /version',
    form: { a: 1 },
    status: 501,
    reason: "Unexpected content for method 'GET'",
  },
  {
    fact: 'plain text is no content type',
    call: CONFIG,
    raw: 'cores=1',
    headers: { 'content-type': 'text/plain' },
    status: 506,
    reason: "upload 'Content-Type 'text/plain' not implemented",
  },
  {
    fact: 'an unknown host fails in the name lookup',
    call: 'GET /nodes/nope/qemu',
    status: 500,
    reason:
      "hostname lookup 'nope' failed - failed to get address info for: nope: Temporary failure in name resolution",
  },
  { fact: 'localhost is a host', call: 'GET /nodes/localhost/qemu', status: 200 },
  {
    fact: 'a missing VM is 500',
    call: 'GET /nodes/pve1/qemu/999/config',
    status: 500,
    reason: "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
  },
  { fact: 'an index does not tell what is missing', call: 'GET /nodes/pve1/qemu/999', status: 200, keys: ['subdir'] },
  {
    fact: 'ids below 100 are no VM ids',
    call: 'GET /nodes/pve1/qemu/99/config',
    status: 400,
    errors: { vmid: 'invalid format - value does not look like a valid VM ID\n' },
  },
  {
    fact: 'a taken id is named',
    call: 'GET /cluster/nextid?vmid=110',
    status: 400,
    errors: { vmid: 'VM 110 already exists' },
  },
  {
    fact: 'path and body may not differ',
    call: CONFIG,
    form: { vmid: 111, cores: 1 },
    status: 400,
    errors: { vmid: 'duplicate parameter (already defined in URI) with conflicting values!' },
  },
  { fact: 'an update needs an option', call: CONFIG, status: 500, reason: 'no options specified' },
  refused('words are no integers', { cores: 'two' }, { cores: "type check ('integer') failed - got 'two'" }),
  refused('cores begin at one', { cores: '0' }, { cores: 'value must have a minimum value of 1' }),
  refused('forms know 0 and 1 only', { onboot: 'true' }, { onboot: "type check ('boolean') failed - got 'true'" }),
  refused('unknown keys are refused', { bogus: '1' }, { bogus: UNKNOWN }),
  refused('cards end at 31', { net32: 'virtio' }, { net32: UNKNOWN }),
  refused(
    'names have no underscore',
    { name: 'a_b' },
    { name: 'invalid format - value does not look like a valid DNS name\n' },
  ),
  refused('tags are plain', { tags: 'a:b' }, { tags: 'invalid format - invalid characters in tag\n' }),
  refused('unknown keys cannot be deleted', { delete: 'bogus' }, { delete: "unknown option 'bogus'" }),
  refused(
    'VLANs end at 4094',
    { net0: 'virtio,tag=5000' },
    { net0: `${NET}tag: value must have a maximum value of 4094\n` },
  ),
  refused(
    'a card needs a model',
    { net0: 'bridge=vmbr0' },
    { net0: `${NET}model: property is missing and it is not optional\n` },
  ),
  { fact: 'JSON knows true', call: CONFIG, json: { onboot: true }, status: 200 },
  { fact: 'JSON lists may be arrays', call: CONFIG, json: { delete: ['onboot', 'tags'] }, status: 200 },
  { fact: 'an absent key may be deleted', call: CONFIG, form: { delete: 'net5' }, status: 200 },
  {
    fact: 'tokens set no lock',
    call: CONFIG,
    form: { lock: 'backup' },
    status: 500,
    reason: "only root can set 'lock' config",
  },
  {
    fact: 'tokens skip no lock',
    call: 'POST /nodes/pve1/qemu/110/status/start',
    form: { skiplock: 1 },
    status: 400,
    errors: { skiplock: 'Only root may use this option.' },
  },
  {
    fact: 'an old digest is refused',
    call: CONFIG,
    form: { cores: 1, digest: '0000' },
    status: 500,
    reason: 'checksum mismatch (file change by other user?)',
  },
  {
    fact: 'reset needs a running VM',
    call: 'POST /nodes/pve1/qemu/110/status/reset',
    status: 500,
    reason: 'VM 110 not running',
  },
  {
    fact: 'a running VM cannot be destroyed',
    call: 'DELETE /nodes/pve1/qemu/111',
    status: 500,
    reason: 'VM 111 is running - destroy failed',
  },
  {
    fact: 'the agent of a stopped VM says so',
    call: 'POST /nodes/pve1/qemu/110/agent/ping',
    status: 500,
    reason: 'VM 110 is not running',
  },
  {
    fact: 'reserved snapshot names are refused at once',
    call: 'POST /nodes/pve1/qemu/110/snapshot',
    form: { snapname: 'current' },
    status: 500,
    reason: "unable to use snapshot name 'current' (reserved name)",
  },
  {
    fact: 'a clone needs a new id',
    call: 'POST /nodes/pve1/qemu/9000/clone',
    status: 400,
    errors: { newid: 'property is missing and it is not optional' },
  },
  {
    fact: 'a clone to a taken id is refused at once',
    call: 'POST /nodes/pve1/qemu/9000/clone',
    form: { newid: 110 },
    status: 500,
    reason: 'unable to create VM 110: config file already exists',
  },
  {
    fact: 'linked clones stay on their storage',
    call: 'POST /nodes/pve1/qemu/9000/clone',
    form: { newid: 120, storage: 'local' },
    status: 500,
    reason: "parameter 'storage' not allowed for linked clones",
  },
  {
    fact: 'only templates have linked clones',
    call: 'POST /nodes/pve1/qemu/110/clone',
    form: { newid: 120, full: 0 },
    status: 500,
    reason: "Linked clone feature is not supported for 'local:110/vm-110-disk-0.qcow2' (scsi0)",
  },
  {
    fact: 'an unknown pool is 403',
    call: 'POST /nodes/pve1/qemu/9000/clone',
    form: { newid: 120, pool: 'nope' },
    status: 403,
    reason: "Permission check failed (pool 'nope' does not exist)",
  },
  {
    fact: 'a malformed UPID is 400',
    call: 'GET /nodes/pve1/tasks/UPID:x/status',
    status: 400,
    errors: { upid: 'unable to parse worker upid' },
  },
  {
    fact: 'an unknown UPID is 400',
    call: 'GET /nodes/pve1/tasks/UPID:pve1:00000001:00000001:6B000000:qmstart:1:root@pam:/status',
    status: 400,
    errors: { upid: 'no such task' },
  },
  {
    fact: 'the log of an unknown UPID is 200',
    call: 'GET /nodes/pve1/tasks/UPID:pve1:00000001:00000001:6B000000:qmstart:1:root@pam:/log',
    status: 200,
    keys: ['n', 't'],
  },
  { fact: 'an unknown pool is 500', call: 'GET /pools/nope', status: 500, reason: "pool 'nope' does not exist" },
  {
    fact: 'an unknown storage of a host is 400',
    call: 'GET /nodes/pve1/storage/nope/status',
    status: 400,
    errors: { storage: 'No such storage.' },
  },
];
