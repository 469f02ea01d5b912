import { authId, type Caller } from '../access/access-control';
import type { Faults } from '../faults/faults';
import type { Holds } from '../faults/holds';
import { textOf } from '../http/pve-error';
import type { Random } from '../timing/random';
import { Interrupted, type SimulatedTime } from '../timing/time';
import { formatUpid } from './upid';

/** A worker task. `endtime` is set with the exit status, a moment after the last line of the log. */
export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly tokenid?: string;
  readonly log: string[];
  endtime?: number;
  exitstatus?: string;
  /** The UPID was lost: nothing answers for it any more. */
  lost?: boolean;
}

/** What the body of a task may use. */
export interface TaskRun {
  readonly task: Task;
  readonly signal: AbortSignal;
  log(line: string): void;
  wait(milliseconds: number): Promise<void>;
}

interface TaskStart {
  readonly operation: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly caller: Caller;
  /** Every VM the task touches: faults and holds may name any of them. */
  readonly vmIds: readonly number[];
  readonly body: (run: TaskRun) => Promise<void>;
  /** Called when the body ended, with its error if any; staying locks are set here. */
  readonly ended?: (error?: unknown) => void;
}

/** Finished tasks kept per host: two index files of 50,000 bytes hold about so many. */
const ARCHIVED_PER_HOST = 2000;
/** Exit status of a worker that died, and the reason by which its body is interrupted. */
export const KILLED = 'unexpected status';

/** Runs tasks and remembers the finished ones, per host, newest first when listed. */
export class TaskManager {
  private readonly known = new Map<string, Task>();
  private readonly running = new Map<string, AbortController>();
  private readonly archives = new Map<string, Task[]>();
  private readonly settled = new Map<string, Promise<void>>();
  private readonly pids = new Map<string, number>();

  constructor(
    private readonly time: SimulatedTime,
    private readonly random: Random,
    private readonly faults: Faults,
    private readonly holds: Holds,
    private readonly lingerMs: number,
    private readonly staleLock: (vmIds: readonly number[], lock: string) => void,
  ) {}

  nextPid(node: string): number {
    const pid = ((this.pids.get(node) ?? 1200) + 1 + this.random.below(6)) % 0x3fffff;
    this.pids.set(node, pid);
    return pid;
  }

  /** Starts a task and returns its UPID at once; the work goes on behind it. */
  start(request: TaskStart): string {
    const parts = {
      node: request.node,
      pid: this.nextPid(request.node),
      pstart: Math.floor(process.uptime() * 100) + 100_000,
      starttime: this.time.epochSeconds(),
      type: request.type,
      id: request.id,
    };
    const upid = formatUpid({ ...parts, user: authId(request.caller) });
    const { user, tokenId } = request.caller;
    const task: Task = { ...parts, upid, user, ...(tokenId === undefined ? {} : { tokenid: tokenId }), log: [] };
    const controller = new AbortController();
    this.known.set(upid, task);
    this.running.set(upid, controller);
    this.settled.set(upid, this.run(task, controller, request));
    return upid;
  }

  private async run(task: Task, controller: AbortController, request: TaskStart): Promise<void> {
    const { signal } = controller;
    const subject = { operation: request.operation, vmIds: request.vmIds, host: request.node };
    const fault = this.faults.takeForTask(subject);
    if (fault.loseUpid) task.lost = true;
    const run: TaskRun = {
      task,
      signal,
      log: (line) => void task.log.push(line),
      wait: (milliseconds) => this.time.wait(milliseconds, signal),
    };
    let failure: unknown;
    try {
      await this.holds.pass('task', subject, signal);
      if (fault.fails !== undefined) throw new Error(fault.fails);
      if (fault.killedAfter !== undefined) this.killLater(controller, fault.killedAfter);
      await request.body(run);
      await this.holds.pass('task-end', subject, signal);
      if (fault.reportsFailure !== undefined) throw new Error(fault.reportsFailure);
    } catch (error) {
      failure = error;
    }
    request.ended?.(failure);
    if (fault.staleLock !== undefined) this.staleLock(request.vmIds, fault.staleLock);
    await this.finish(task, failure);
  }

  private killLater(controller: AbortController, milliseconds: number): void {
    const kill = (): void => controller.abort(KILLED);
    void this.time.wait(milliseconds).then(kill, () => undefined);
  }

  private async finish(task: Task, failure: unknown): Promise<void> {
    const killed = failure instanceof Interrupted && failure.reason === KILLED;
    const text = failure === undefined ? 'OK' : textOf(failure);
    if (!killed) task.log.push(failure === undefined ? 'TASK OK' : `TASK ERROR: ${text}`);
    if (!killed) await this.time.wait(this.lingerMs).catch(() => undefined);
    task.exitstatus = killed ? KILLED : (text.split('\n')[0] ?? '');
    task.endtime = this.time.epochSeconds();
    this.running.delete(task.upid);
    this.settled.delete(task.upid);
    this.archive(task);
  }

  private archive(task: Task): void {
    const archive = this.archives.get(task.node) ?? [];
    this.archives.set(task.node, archive);
    archive.push(task);
    while (archive.length > ARCHIVED_PER_HOST) {
      const oldest = archive.shift();
      if (oldest !== undefined) this.known.delete(oldest.upid);
    }
  }

  find(upid: string): Task | undefined {
    const task = this.known.get(upid);
    return task?.lost === true ? undefined : task;
  }

  /** Interrupts a running task and waits for its end. Finished tasks stay as they are. */
  async abort(upid: string, reason = 'received interrupt'): Promise<void> {
    this.running.get(upid)?.abort(reason);
    await this.settled.get(upid);
  }

  /** Kills the workers of a host. Their exit status is `unexpected status`, whatever they had done so far. */
  killAll(node: string): void {
    for (const [upid, controller] of [...this.running]) {
      if (this.known.get(upid)?.node === node) controller.abort(KILLED);
    }
  }

  active(node?: string): Task[] {
    const tasks = [...this.running.keys()].map((upid) => this.known.get(upid));
    return tasks.filter((task): task is Task => isListed(task, node)).reverse();
  }

  archived(node: string): Task[] {
    return (this.archives.get(node) ?? []).filter((task) => isListed(task, node)).reverse();
  }

  hosts(): string[] {
    return [...this.archives.keys()];
  }

  /** Waits until no task runs: used for an orderly stop. */
  async idle(): Promise<void> {
    await Promise.all(this.settled.values());
  }

  save(): Task[] {
    return [...this.known.values()];
  }

  /** Tasks that ran when the state was saved died with the process. */
  load(tasks: readonly Task[]): void {
    for (const task of tasks) {
      this.known.set(task.upid, task);
      task.exitstatus ??= KILLED;
      task.endtime ??= this.time.epochSeconds();
      this.archive(task);
    }
  }

  clear(): void {
    this.known.clear();
    this.archives.clear();
  }
}

function isListed(task: Task | undefined, node?: string): task is Task {
  return task !== undefined && task.lost !== true && (node === undefined || task.node === node);
}
