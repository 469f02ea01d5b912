import type { Caller } from '../access/access-control';
import { badParameters, died } from '../http/pve-error';
import { pauseGuest, resumeGuest, setGuestTime } from '../guest/guest-clock';
import type { Call } from '../http/router';
import { LOCAL_ROOT, type Sim } from '../sim';
import type { TaskRun } from '../tasks/task-manager';
import { hasBridge } from './bridges';
import { agentOption, applyPending, isTemplate, memoryMiB, nicsOf, type Vm } from './vm';
import { withVmLock } from './vm-lock';
import { checkLock } from './vms';

const DEFAULT_SHUTDOWN_SECONDS = 60;

interface PowerTask {
  readonly operation: string;
  readonly type: string;
  readonly host: string;
  readonly vmid: number;
  readonly caller: Caller;
}

function powerTask(sim: Sim, task: PowerTask, body: (run: TaskRun) => Promise<void>): string {
  const { operation, type, host, vmid, caller } = task;
  return sim.tasks.start({ operation, type, node: host, id: String(vmid), caller, vmIds: [vmid], body });
}

export function startVm(call: Call, sim: Sim): string {
  return startTask(sim, call.host, call.vmid, call.caller);
}

export function startTask(sim: Sim, host: string, vmid: number, caller: Caller): string {
  return powerTask(sim, { operation: 'vm.start', type: 'qmstart', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, () => bringUp(sim, host, vmid, run)),
  );
}

async function bringUp(sim: Sim, host: string, vmid: number, run: TaskRun): Promise<void> {
  const vm = sim.vms.load(host, vmid);
  if (isTemplate(vm)) throw died("you can't start a vm if it's a template");
  const lock = vm.config['lock'];
  if (lock === 'backup' && vm.running !== undefined) return;
  if (lock !== 'suspended') checkLock(vm);
  if (vm.running !== undefined) throw died(`VM ${vmid} already running`);
  if (lock === 'suspended') return resumeFromDisk(sim, vm, run);
  applyPending(vm);
  for (const { properties } of nicsOf(vm.config)) {
    const { bridge } = properties;
    if (bridge !== undefined && !hasBridge(sim, host, bridge)) throw died(`bridge '${bridge}' does not exist`);
  }
  await run.wait(sim.profile.start);
  runProcess(sim, vm, sim.profile.boot);
  sim.counters.add('starts');
}

function runProcess(sim: Sim, vm: Vm, bootMs: number): void {
  const now = sim.time.now();
  vm.running = {
    pid: sim.tasks.nextPid(vm.host),
    startedAt: now,
    bootedAt: now + sim.time.scaled(bootMs),
    paused: false,
    clockLagMs: 0,
    agent: agentOption(vm.config),
  };
}

/** Starts the process of a VM whose memory was loaded: its guest answers at once, with the time that it had. */
export function wakeUp(sim: Sim, vm: Vm, guestTimeMs?: number): void {
  runProcess(sim, vm, 0);
  if (guestTimeMs !== undefined) setGuestTime(sim, vm, guestTimeMs);
}

async function resumeFromDisk(sim: Sim, vm: Vm, run: TaskRun): Promise<void> {
  run.log('Resuming suspended VM');
  await run.wait(sim.profile.start * 2);
  for (const key of ['lock', 'vmstate', 'runningcpu', 'runningmachine', 'running-nets-host-mtu'])
    Reflect.deleteProperty(vm.config, key);
  wakeUp(sim, vm);
  run.log('Resumed VM, removing state');
  sim.counters.add('starts');
}

/** The process is gone: pending changes become real. */
export function powerOff(vm: Vm): void {
  delete vm.running;
  applyPending(vm);
}

export async function stopVm(call: Call, sim: Sim): Promise<string> {
  const { host, vmid, caller } = call;
  if (call.params['overrule-shutdown'] === 1) await abortShutdowns(sim, host, vmid);
  return powerTask(sim, { operation: 'vm.stop', type: 'qmstop', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, async () => {
      const vm = sim.vms.checkPresent(host, vmid);
      if (vm.running === undefined) return;
      checkLock(vm);
      await run.wait(sim.profile.stop);
      powerOff(vm);
      sim.counters.add('stops');
    }),
  );
}

async function abortShutdowns(sim: Sim, host: string, vmid: number): Promise<void> {
  const running = sim.tasks.active(host).filter((task) => task.type === 'qmshutdown' && task.id === String(vmid));
  await Promise.all(running.map((task) => sim.tasks.abort(task.upid)));
}

export function shutdownVm(call: Call, sim: Sim): string {
  const { host, vmid, caller, params } = call;
  const timeout = Number(params['timeout'] ?? DEFAULT_SHUTDOWN_SECONDS) * 1000;
  if (sim.vms.onHost(host, vmid)?.running?.paused === true && params['forceStop'] !== 1) {
    throw died('VM is paused - cannot shutdown');
  }
  return powerTask(sim, { operation: 'vm.shutdown', type: 'qmshutdown', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, async () => {
      const vm = sim.vms.checkPresent(host, vmid);
      if (vm.running === undefined) return;
      checkLock(vm);
      await askGuestToStop(sim, vm, timeout, params['forceStop'] === 1, run);
      sim.counters.add('shutdowns');
    }),
  );
}

/** A guest that has not booted or is deaf does not react; then the time runs out, and force stops it. */
async function askGuestToStop(sim: Sim, vm: Vm, timeout: number, force: boolean, run: TaskRun): Promise<void> {
  const bootLeft = Math.max(0, ((vm.running?.bootedAt ?? 0) - sim.time.now()) / (sim.time.factor || 1));
  const needed = vm.guest.deaf === true ? Infinity : bootLeft + sim.profile.shutdown;
  if (needed <= timeout) {
    await run.wait(needed);
  } else {
    await run.wait(timeout);
    if (!force) throw died('VM quit/powerdown failed - got timeout');
    run.log('VM quit/powerdown failed - terminating now with SIGTERM');
    await run.wait(sim.profile.stop);
  }
  powerOff(vm);
}

/** The running VM, or the early failure of the calls that need one. */
function requireRunning(call: Call, sim: Sim): Vm {
  const vm = sim.vms.checkPresent(call.host, call.vmid);
  if (vm.running === undefined) throw died(`VM ${call.vmid} not running`);
  return vm;
}

export function rebootVm(call: Call, sim: Sim): string {
  const { host, vmid, caller, params } = call;
  if (requireRunning(call, sim).running?.paused === true) throw died('VM is paused - cannot shutdown');
  const timeout = Number(params['timeout'] ?? DEFAULT_SHUTDOWN_SECONDS) * 1000;
  return powerTask(sim, { operation: 'vm.reboot', type: 'qmreboot', host, vmid, caller }, async (run) => {
    await withVmLock(sim, vmid, { run }, async () => {
      const vm = sim.vms.checkPresent(host, vmid);
      if (vm.running === undefined) return;
      checkLock(vm);
      await askGuestToStop(sim, vm, timeout, false, run);
      sim.counters.add('reboots');
    });
    void startAgain(sim, host, vmid);
  });
}

/** The host starts the VM again a moment after it went down, in a task of root that nobody waits for. */
async function startAgain(sim: Sim, host: string, vmid: number): Promise<void> {
  try {
    await sim.time.wait(400);
    startTask(sim, host, vmid, LOCAL_ROOT);
  } catch {
    // The simulator closed while the VM was down.
  }
}

export function resetVm(call: Call, sim: Sim): string {
  requireRunning(call, sim);
  const { host, vmid, caller } = call;
  return powerTask(sim, { operation: 'vm.reset', type: 'qmreset', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, async () => {
      const vm = sim.vms.load(host, vmid);
      checkLock(vm);
      await run.wait(sim.profile.reset);
      if (vm.running !== undefined) vm.running.bootedAt = sim.time.now() + sim.time.scaled(sim.profile.boot);
      sim.counters.add('resets');
    }),
  );
}

export function suspendVm(call: Call, sim: Sim): string {
  requireRunning(call, sim);
  const { host, vmid, caller, params } = call;
  if (params['statestorage'] !== undefined && params['todisk'] !== 1) {
    throw badParameters({ statestorage: "missing parameter 'todisk' - this parameter is dependent on it" });
  }
  if (params['todisk'] === 1) return suspendToDisk(call, sim);
  return powerTask(sim, { operation: 'vm.suspend', type: 'qmpause', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, () => {
      const vm = sim.vms.load(host, vmid);
      if (vm.config['lock'] !== 'backup') checkLock(vm);
      pauseGuest(sim, vm);
      sim.counters.add('suspends');
    }),
  );
}

function suspendToDisk(call: Call, sim: Sim): string {
  const { host, vmid, caller } = call;
  return powerTask(sim, { operation: 'vm.suspend', type: 'qmsuspend', host, vmid, caller }, async (run) => {
    const vm = sim.vms.load(host, vmid);
    checkLock(vm);
    vm.config['lock'] = 'suspending';
    await run.wait(sim.profile.suspendToDisk + memoryMiB(vm.config) / 4);
    const day = new Date(sim.time.now()).toISOString().slice(0, 10);
    powerOff(vm);
    vm.config['lock'] = 'suspended';
    vm.config['vmstate'] = `local:${vmid}/vm-${vmid}-state-suspend-${day}.raw`;
    vm.config['runningcpu'] = String(vm.config['cpu'] ?? 'kvm64');
    vm.config['runningmachine'] = 'pc-i440fx-10.0+pve0';
    run.log('State saved, quitting');
    sim.counters.add('suspends');
  });
}

export function resumeVm(call: Call, sim: Sim): string {
  requireRunning(call, sim);
  const { host, vmid, caller } = call;
  return powerTask(sim, { operation: 'vm.resume', type: 'qmresume', host, vmid, caller }, (run) =>
    withVmLock(sim, vmid, { run }, () => {
      const vm = sim.vms.load(host, vmid);
      if (vm.config['lock'] !== 'backup') checkLock(vm);
      resumeGuest(sim, vm);
      sim.counters.add('resumes');
    }),
  );
}
