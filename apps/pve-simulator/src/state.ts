import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SavedPool } from './pools/pools';
import type { Sim } from './sim';
import type { Task } from './tasks/task-manager';
import type { Snapshot, Vm } from './vms/vm';

interface SavedState {
  readonly format: 1;
  readonly random: number;
  readonly vms: readonly (Omit<Vm, 'snapshots'> & { readonly snapshots: [string, Snapshot][] })[];
  readonly pools: SavedPool[];
  readonly tasks: Task[];
  readonly sdn: unknown;
}

/** Writes VMs, pools, networks and tasks; the file is replaced at once or not at all. */
export function saveState(sim: Sim, file: string): void {
  const state: SavedState = {
    format: 1,
    random: sim.random.position,
    vms: sim.vms.list().map((vm) => ({ ...vm, snapshots: [...vm.snapshots] })),
    pools: sim.pools.save(),
    tasks: sim.tasks.save(),
    sdn: sim.sdn.save(),
  };
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

/** Replaces the declared cluster content by the saved one, when there is any. */
export function loadState(sim: Sim, file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return;
  }
  const state = JSON.parse(text) as SavedState;
  sim.random.position = state.random;
  sim.vms.clear();
  for (const vm of state.vms) sim.vms.add({ ...vm, snapshots: new Map(vm.snapshots) });
  sim.pools.load(state.pools);
  sim.tasks.load(state.tasks);
  sim.sdn.load(state.sdn);
  sim.publication.renew();
}
