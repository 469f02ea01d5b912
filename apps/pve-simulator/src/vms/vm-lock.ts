import { died } from '../http/pve-error';
import type { Sim } from '../sim';
import type { TaskRun } from '../tasks/task-manager';

/** Real milliseconds below which no lock times out, so that a busy machine does not fail short simulated times. */
const LEAST_PATIENCE = 300;

const patienceMs = (sim: Sim, milliseconds: number) => Math.max(LEAST_PATIENCE, sim.time.scaled(milliseconds));

interface LockOptions {
  readonly shared?: boolean;
  /** Simulated milliseconds; default ten seconds. */
  readonly patience?: number;
  readonly run?: TaskRun;
}

/** Holds the lock file of a VM while `work` runs. Whoever waits too long fails with "got timeout". */
export function withVmLock<T>(sim: Sim, vmid: number, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  return withLock(sim, `vm:${vmid}`, `/var/lock/qemu-server/lock-${vmid}.conf`, options, work);
}

/** Holds any lock file; `file` is what the error names. */
export async function withLock<T>(
  sim: Sim,
  name: string,
  file: string,
  options: LockOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  const shared = options.shared ?? false;
  let release = sim.locks.tryAcquire(name, shared);
  if (release === undefined) {
    options.run?.log('trying to acquire lock...');
    release = await sim.locks.acquire(name, {
      shared,
      patienceMs: patienceMs(sim, options.patience ?? sim.profile.lockTimeout),
      timedOut: () => died(`can't lock file '${file}' - got timeout`),
    });
    options.run?.log(' OK');
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/** Holds the lock of a storage: of the whole cluster for a shared one, of the host for a local one. */
export async function withStorageLock<T>(
  sim: Sim,
  host: string,
  storage: string,
  run: TaskRun,
  work: () => Promise<T>,
): Promise<T> {
  const isShared = sim.cluster.storage(storage).shared === true;
  const name = isShared ? `storage:${storage}` : `storage:${host}:${storage}`;
  let release = sim.locks.tryAcquire(name);
  if (release === undefined) {
    run.log('trying to acquire lock...');
    release = await sim.locks.acquire(name, {
      patienceMs: patienceMs(sim, sim.profile.storageLockTimeout),
      timedOut: () =>
        died(
          isShared
            ? `cfs-lock 'storage-${storage}' error: got lock request timeout`
            : `can't lock file '/var/lock/pve-manager/pve-storage-${storage}' - got timeout`,
        ),
    });
    run.log(' OK');
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/** Waits for one of the storage's slots, where it has a limit, and keeps it while `work` runs. */
export async function withStorageSlot<T>(sim: Sim, storage: string | undefined, work: () => Promise<T>): Promise<T> {
  const slots = storage === undefined ? undefined : sim.cluster.storages.get(storage)?.slots;
  if (slots === undefined) return work();
  const free = Array.from({ length: slots }, (_, n) => `slot:${storage}:${n}`).find((name) => !sim.locks.isHeld(name));
  const name = free ?? `slot:${storage}:${sim.random.below(slots)}`;
  const release = await sim.locks.acquire(name, { patienceMs: 2 ** 31 - 1, timedOut: () => died('simulator closed') });
  try {
    return await work();
  } finally {
    release();
  }
}
