/**
 * How long things take, in milliseconds of a real Proxmox VE 9.1 on a small machine. Every value is multiplied by the
 * time factor. Read it over the admin endpoint to compute bounds for a benchmark.
 */
export interface LatencyProfile {
  /** A read answered by the front worker; a call that a protected worker answers. */
  readonly readCall: number;
  readonly protectedCall: number;
  /** Between the checks of a clone call and its task: here two callers can both pass the checks. */
  readonly workerFork: number;
  readonly unauthorized: number;
  readonly linkedClone: number;
  /** Part of a clone that holds the lock of the target storage. */
  readonly storageLocked: number;
  readonly fullClone: number;
  readonly fullClonePerGiB: number;
  readonly start: number;
  /** From the end of the start task until the guest agent answers. */
  readonly boot: number;
  readonly stop: number;
  readonly shutdown: number;
  readonly reset: number;
  readonly suspendToDisk: number;
  readonly snapshotStopped: number;
  readonly snapshotRunning: number;
  readonly snapshotRam: number;
  readonly rollbackStopped: number;
  readonly rollbackRunning: number;
  readonly rollbackRam: number;
  readonly deleteSnapshot: number;
  readonly destroy: number;
  readonly template: number;
  readonly resize: number;
  readonly hotplug: number;
  readonly agentCall: number;
  readonly agentSilent: number;
  readonly agentBroken: number;
  readonly lockTimeout: number;
  readonly storageLockTimeout: number;
  readonly workerLinger: number;
  readonly resourcesLag: number;
  readonly sdnApply: number;
  readonly taskAbort: number;
  readonly proxyTimeout: number;
  readonly hostReboot: number;
}

export const RECORDED_PROFILE: LatencyProfile = {
  readCall: 4,
  protectedCall: 20,
  workerFork: 20,
  unauthorized: 3000,
  linkedClone: 200,
  storageLocked: 80,
  fullClone: 340,
  fullClonePerGiB: 800,
  start: 360,
  boot: 9400,
  stop: 600,
  shutdown: 1250,
  reset: 15,
  suspendToDisk: 1200,
  snapshotStopped: 150,
  snapshotRunning: 390,
  snapshotRam: 1300,
  rollbackStopped: 150,
  rollbackRunning: 1150,
  rollbackRam: 1400,
  deleteSnapshot: 180,
  destroy: 160,
  template: 200,
  resize: 100,
  hotplug: 1000,
  agentCall: 110,
  agentSilent: 3000,
  agentBroken: 5000,
  lockTimeout: 10_000,
  storageLockTimeout: 10_000,
  workerLinger: 10,
  resourcesLag: 10_000,
  sdnApply: 1500,
  taskAbort: 100,
  proxyTimeout: 30_000,
  hostReboot: 2000,
};
