import { HypervisorError } from '../../hypervisor-error';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { cancelled, outcomeUnknown, type OperationScope } from '../tasks/operation-scope';
import type { TaskEnd } from '../tasks/judge-exit';
import type { TaskApi, TaskQuery } from '../tasks/task-api';

export interface VmTask {
  /** For the journal and messages: `start VM 4001`. */
  readonly intent: string;
  /** Sends the call; answers the name of its task, or null when it was done at once. */
  readonly send: () => Promise<unknown>;
  /** Where its task is looked for when the answer was lost; absent: it is not looked for. */
  readonly query?: TaskQuery;
  /** Tells whether the effect is there. Absent when the state cannot tell: then only the task decides. */
  readonly done?: () => Promise<boolean>;
  /** Milliseconds that the effect may take to show. */
  readonly settleMs: number;
}

const ACCOUNTED = 5_000;

/**
 * One change that runs as a task: intent, call, handle, wait, and a look at the effect before anything is judged. A lost
 * answer is never answered by sending again: the task is looked for, then its effect.
 */
export class VmTaskRunner {
  /** Tasks that are accounted for; a lost answer belongs to none of them. */
  private readonly accounted = new Set<string>();

  constructor(private readonly tasks: TaskApi) {}

  /** Waits for a task of an earlier life; undefined when there is none. A lost one says nothing. */
  async resume(scope: OperationScope): Promise<TaskEnd | undefined> {
    const handle = scope.operation.resumeTask;
    if (handle === undefined) return undefined;
    this.account(handle);
    const end = await this.tasks.wait(scope, handle, 'unknown');
    if (scope.aborted && end.kind !== 'ok') throw cancelled(scope.what);
    return end;
  }

  async run(scope: OperationScope, task: VmTask): Promise<void> {
    await scope.intend(task.intent);
    const sentAt = Date.now();
    let answer: unknown;
    try {
      answer = await task.send();
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      if (!error.evidence.ambiguous) return this.acceptFailure(task, error);
      answer = await this.findTask(scope, task, sentAt);
      if (answer === undefined) return this.lookForEffect(scope, task, error);
    }
    if (typeof answer === 'string' && answer.startsWith('UPID:')) await this.follow(scope, task, answer);
    else await this.confirm(scope, task);
  }

  private async follow(scope: OperationScope, task: VmTask, handle: string): Promise<void> {
    this.account(handle);
    await scope.operation.onTask(handle);
    const end = await this.tasks.wait(scope, handle, 'new');
    switch (end.kind) {
      case 'ok':
        return this.confirm(scope, task);
      case 'failed':
        return this.acceptFailure(task, stopReason(scope) ?? end.failure);
      case 'lost': {
        const lost = new HypervisorError('hypervisor.host_restarted', 'unknown', `${task.intent}: its task was lost`);
        return this.lookForEffect(scope, task, lost);
      }
    }
  }

  /** A failure counts only when the effect is not there. */
  private async acceptFailure(task: VmTask, failure: HypervisorError): Promise<void> {
    const done = await task.done?.().catch(() => false);
    if (done !== true) throw failure;
  }

  /** Tasks report success when something else, as a high-availability manager, was only told to act. */
  private async confirm(scope: OperationScope, task: VmTask): Promise<void> {
    const { done } = task;
    if (done === undefined) return;
    const seen = await scope.lookFor(task.settleMs, async () => ((await done()) ? true : undefined));
    if (seen === undefined) throw outcomeUnknown(task.intent, 'it was reported as done, but its effect does not show');
  }

  private async lookForEffect(scope: OperationScope, task: VmTask, failure: HypervisorError): Promise<void> {
    const { done } = task;
    if (done === undefined) throw failure;
    const seen = await scope.lookFor(task.settleMs, async () => ((await done()) ? true : undefined));
    if (seen === undefined) throw failure;
  }

  /** The task of a call whose answer was lost; undefined when none is found, or when its effect shows first. */
  private async findTask(scope: OperationScope, task: VmTask, since: number): Promise<string | undefined> {
    const { query, done, settleMs } = task;
    if (query === undefined) return undefined;
    const found = await scope.lookFor(settleMs, async () => {
      const newest = (await this.tasks.find({ ...query, since })).find((handle) => this.isUnaccounted(handle));
      return newest ?? ((await done?.()) === true ? null : undefined);
    });
    return found ?? undefined;
  }

  /** A task that belongs to no operation of this life, nor to one that it goes on with. */
  isUnaccounted(handle: string): boolean {
    return !this.accounted.has(handle);
  }

  private account(handle: string): void {
    this.accounted.add(handle);
    const [oldest] = this.accounted;
    if (this.accounted.size > ACCOUNTED && oldest !== undefined) this.accounted.delete(oldest);
  }
}

/** A task that was stopped because its caller gave up, or because the time was over, did not fail by itself. */
function stopReason(scope: OperationScope): HypervisorError | undefined {
  if (scope.aborted) return cancelled(scope.what);
  return scope.remainingMs === 0 ? outcomeUnknown(scope.what, 'stopped, because its time was over') : undefined;
}
