import type { CloneSpec, ConfigureSpec, OwnershipMark } from '@orion/contracts';
import { DomainError } from '@orion/domain';
import { HypervisorError, type Hypervisor, type Operation, type VmObservation, type VmRef } from '@orion/hypervisor';
import { currentLogContext } from '@orion/runtime';
import type { Chance } from './chance';
import type { Process } from './process';

export interface ModelVm {
  readonly mark: OwnershipMark;
  state: 'stopped' | 'running';
}

/** An effect that begins, on a VM, by the command that the agent performs. */
export interface Beginning {
  readonly commandId: string;
  readonly vmId: number;
  readonly agent: Process;
}

interface Task {
  readonly vmId: number;
  stopped: boolean;
  result?: 'done' | 'stopped';
  readonly ended: Promise<void>;
}

/** The cluster: VMs, tasks that go on whoever began them, and a count of what took effect. */
export class ModelCluster {
  readonly vms = new Map<number, ModelVm>();
  readonly clones = new Map<number, number>();
  readonly destroys = new Map<number, number>();
  /** Commands whose outcome the cluster has hidden. */
  readonly hidden = new Set<string>();
  calm = false;
  private readonly tasks: Task[] = [];
  /** The task that holds a VM's lock. */
  private readonly locks = new Map<number, Task>();

  constructor(
    readonly chance: Chance,
    private readonly between: (label: string) => Promise<unknown>,
    readonly onBegin: (beginning: Beginning) => void,
  ) {}

  isLocked(vmId: number): boolean {
    return this.locks.has(vmId);
  }

  /** Begins a task, which ends when the scheduler says so; answers its handle. */
  begin(vmId: number, effect: () => void): string {
    const task: Task = { vmId, stopped: false, ended: Promise.resolve() };
    const run = this.between(`task on ${vmId}`).then(() => {
      if (!task.stopped) effect();
      task.result = task.stopped ? 'stopped' : 'done';
      this.locks.delete(vmId);
    });
    Object.assign(task, { ended: run });
    this.locks.set(vmId, task);
    return String(this.tasks.push(task) - 1);
  }

  task(handle: string): Task {
    return this.tasks[Number(handle)] as Task;
  }

  count(counts: Map<number, number>, vmId: number): void {
    counts.set(vmId, (counts.get(vmId) ?? 0) + 1);
  }
}

/** The cluster as one agent reaches it: looks first, tells its handles, stops what it is told to, and judges by the effect. */
export class ModelHypervisor implements Pick<
  Hypervisor,
  | 'ensureCloned'
  | 'configure'
  | 'start'
  | 'stop'
  | 'destroy'
  | 'ensureNetwork'
  | 'removeNetwork'
  | 'observeVm'
  | 'close'
> {
  constructor(
    private readonly cluster: ModelCluster,
    private readonly process: Process,
  ) {}

  async ensureCloned(spec: CloneSpec, mark: OwnershipMark, operation: Operation): Promise<VmObservation> {
    const { vms, clones } = this.cluster;
    const { vmId } = spec;
    const there = () => {
      const vm = vms.get(vmId);
      if (vm !== undefined && !sameMark(vm.mark, mark)) throw taken(vmId);
      return vm !== undefined;
    };
    await this.change(vmId, operation, there, () => {
      this.cluster.count(clones, vmId);
      vms.set(vmId, { mark, state: 'stopped' });
    });
    return this.seen(vmId);
  }

  async configure(ref: VmRef, _spec: ConfigureSpec, operation: Operation): Promise<VmObservation> {
    await this.process.point('observe');
    await operation.onIntent('configure');
    this.ours(ref);
    return this.seen(ref.vmId);
  }

  async start(ref: VmRef, operation: Operation): Promise<void> {
    await this.change(
      ref.vmId,
      operation,
      () => this.ours(ref).state === 'running',
      () => this.turn(ref, 'running'),
    );
  }

  async stop(ref: VmRef, _graceMs: number, operation: Operation): Promise<{ readonly hard: boolean }> {
    await this.change(
      ref.vmId,
      operation,
      () => this.ours(ref).state === 'stopped',
      () => this.turn(ref, 'stopped'),
    );
    return { hard: false };
  }

  async destroy(ref: VmRef, operation: Operation): Promise<void> {
    const { vms, destroys } = this.cluster;
    const gone = () => !vms.has(ref.vmId) || this.ours(ref) === undefined;
    await this.change(ref.vmId, operation, gone, () => {
      if (vms.delete(ref.vmId)) this.cluster.count(destroys, ref.vmId);
    });
  }

  async ensureNetwork(): Promise<void> {
    await this.process.point('look at bridges');
  }

  async removeNetwork(): Promise<void> {
    await this.process.point('look at bridges');
  }

  async observeVm(vmId: number): Promise<VmObservation | undefined> {
    await this.process.point('observe');
    return this.cluster.vms.has(vmId) ? this.seen(vmId) : undefined;
  }

  async close(): Promise<void> {
    await this.process.point('close');
  }

  private async change(vmId: number, operation: Operation, done: () => boolean, effect: () => void): Promise<void> {
    const { cluster, process } = this;
    if (operation.resumeTask !== undefined) await this.follow(operation.resumeTask, operation);
    await process.point('observe');
    if (cluster.isLocked(vmId)) throw new HypervisorError('hypervisor.locked', 'conflict', `VM ${vmId} is locked.`);
    if (done()) return;
    await operation.onIntent('change');
    const commandId = currentLogContext().commandId ?? '';
    const fate = cluster.calm ? Infinity : cluster.chance.below(25);
    if (fate === 0) throw new HypervisorError('hypervisor.unreachable', 'retryable', 'Nobody answered.');
    if (fate === 2) throw new HypervisorError('hypervisor.rejected', 'permanent', 'The call is refused.');
    cluster.onBegin({ commandId, vmId, agent: process });
    const handle = cluster.begin(vmId, effect);
    if (fate === 1) {
      cluster.hidden.add(commandId);
      throw new HypervisorError('hypervisor.outcome_unknown', 'unknown', 'The answer was lost.');
    }
    await operation.onTask(handle);
    await this.follow(handle, operation);
    await process.point('observe');
    if (!done()) throw new HypervisorError('hypervisor.outcome_unknown', 'unknown', 'The effect does not show.');
  }

  private async follow(handle: string, { signal }: Operation): Promise<void> {
    const task = this.cluster.task(handle);
    await Promise.race([task.ended, aborted(signal)]);
    await this.process.point('poll');
    if (!signal.aborted) return task.ended;
    task.stopped = true;
    await task.ended;
    await this.process.point('poll');
    if (task.result === 'stopped') throw new DomainError('command.cancelled', 'The task was stopped.');
  }

  private ours({ vmId, mark }: VmRef): ModelVm {
    const vm = this.cluster.vms.get(vmId);
    if (vm === undefined) throw new HypervisorError('vm.not_found', 'permanent', `VM ${vmId} does not exist.`);
    if (!sameMark(vm.mark, mark)) throw new HypervisorError('vm.foreign', 'permanent', `VM ${vmId} is not ours.`);
    return vm;
  }

  private turn(ref: VmRef, state: ModelVm['state']): void {
    const vm = this.cluster.vms.get(ref.vmId);
    if (vm !== undefined) vm.state = state;
  }

  private seen(vmId: number): VmObservation {
    const { mark, state } = this.cluster.vms.get(vmId) as ModelVm;
    const facts = { host: 'alpha', name: '', template: false, memoryMiB: 1, nics: [], configDigest: '', cpus: 1 };
    return { ...facts, vmId, mark, state, macs: [] };
  }
}

function taken(vmId: number): HypervisorError {
  return new HypervisorError('vm.id_taken', 'permanent', `The id ${vmId} is taken.`);
}

function sameMark(a: OwnershipMark, b: OwnershipMark): boolean {
  return a.rangeId === b.rangeId && a.node === b.node;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
