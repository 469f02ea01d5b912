/** What is found only by the task: the call answers 200 and a UPID, the text is the exit status. */
interface TaskFact {
  readonly fact: string;
  readonly call: string;
  readonly form?: Record<string, string | number>;
  readonly exitstatus: string;
}

const MISSING = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
const NOT_FOUND = "unable to find configuration file for VM 999 on node 'pve1'";

export const TASK_FACTS: readonly TaskFact[] = [
  { fact: 'start of a missing VM', call: 'POST /nodes/pve1/qemu/999/status/start', exitstatus: MISSING },
  { fact: 'stop of a missing VM', call: 'POST /nodes/pve1/qemu/999/status/stop', exitstatus: NOT_FOUND },
  { fact: 'shutdown of a missing VM', call: 'POST /nodes/pve1/qemu/999/status/shutdown', exitstatus: NOT_FOUND },
  {
    fact: 'start of a running VM',
    call: 'POST /nodes/pve1/qemu/111/status/start',
    exitstatus: 'VM 111 already running',
  },
  { fact: 'stop of a stopped VM', call: 'POST /nodes/pve1/qemu/110/status/stop', exitstatus: 'OK' },
  { fact: 'shutdown of a stopped VM', call: 'POST /nodes/pve1/qemu/110/status/shutdown', exitstatus: 'OK' },
  {
    fact: 'start of a template',
    call: 'POST /nodes/pve1/qemu/9000/status/start',
    exitstatus: "you can't start a vm if it's a template",
  },
  { fact: 'start of a locked VM', call: 'POST /nodes/pve1/qemu/112/status/start', exitstatus: 'VM is locked (backup)' },
  { fact: 'destroy of a locked VM', call: 'DELETE /nodes/pve1/qemu/112', exitstatus: 'VM is locked (backup)' },
  {
    fact: 'snapshot of a locked VM',
    call: 'POST /nodes/pve1/qemu/112/snapshot',
    form: { snapname: 'ab' },
    exitstatus: 'VM is locked (backup)',
  },
  {
    fact: 'start on a missing bridge',
    call: 'POST /nodes/pve1/qemu/113/status/start',
    exitstatus: "bridge 'nope0' does not exist",
  },
  {
    fact: 'rollback to a missing snapshot',
    call: 'POST /nodes/pve1/qemu/110/snapshot/nope/rollback',
    exitstatus: "snapshot 'nope' does not exist",
  },
  {
    fact: 'removal of a missing snapshot',
    call: 'DELETE /nodes/pve1/qemu/110/snapshot/nope',
    exitstatus: "snapshot 'nope' does not exist",
  },
];
