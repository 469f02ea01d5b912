import { setTimeout as delay } from 'node:timers/promises';
import type { TaskFacts } from '../../port';
import { isProxmoxFailure, type ProxmoxFailure } from '../errors/proxmox-failure';
import { asAnswer, asAnswers, numberOf, textOf } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { judgeExit, type TaskEnd } from './judge-exit';
import { outcomeUnknown, type OperationScope } from './operation-scope';
import { kindOfTask, TaskTimes } from './task-times';
import { parseUpid } from './upid';

export interface TaskQuery {
  readonly host: string;
  /** Of a clone: the source. */
  readonly vmId: number;
  readonly type: string;
  /** Milliseconds since 1970, by our clock. */
  readonly since?: number;
}

/** Looks of a poll that may fail in a row before the task's fate is called unknown. */
const BLIND_LOOKS = 10;
const STOP_WAIT_MS = 15_000;
/** Of the interval between two looks at a task that may end at any time. */
const GROWTH = 1.2;
/** A task that is about to end, as its kind goes, is noticed at most so much later, as a share of what it takes. */
const LATE_SHARE = 0.005;
/** Clocks of hosts differ. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Follows Proxmox VE's tasks. Only their status decides: the log may say `TASK OK` while the worker still runs. */
export class TaskApi {
  private readonly times = new TaskTimes();

  constructor(private readonly client: ProxmoxClient) {}

  async observe(handle: string): Promise<TaskFacts> {
    const end = await this.look(handle, handle);
    if (end === undefined) return { handle, state: 'running' };
    switch (end.kind) {
      case 'ok':
        return { handle, state: 'succeeded' };
      case 'failed':
        return { handle, state: 'failed', error: end.failure.evidence.text };
      case 'lost':
        return { handle, state: 'lost' };
    }
  }

  /** TERM, and KILL after five seconds; a task that has ended stays as it is. */
  async cancel(handle: string): Promise<void> {
    const upid = parseUpid(handle);
    if (upid === undefined) return;
    try {
      await this.client.call({
        method: 'DELETE',
        route: '/nodes/{node}/tasks/{upid}',
        at: { node: upid.host, upid: handle },
      });
    } catch (error) {
      if (!isProxmoxFailure(error) || !isUnknownTask(error)) throw error;
    }
  }

  /** Waits for the end of a task, which has just begun or some time ago. When the operation is aborted or out of time, the task is stopped and its end awaited. */
  async wait(scope: OperationScope, handle: string, age: 'new' | 'unknown'): Promise<TaskEnd> {
    const { firstMs, longestMs } = this.client.settings.polling;
    const began = age === 'new' ? performance.now() : -Infinity;
    const kind = kindOfTask(handle);
    let closelyMs = firstMs;
    const nextPauseMs = (): number => {
      const elapsedMs = performance.now() - began;
      const aloneMs = this.times.untilLook(kind, elapsedMs);
      if (aloneMs > firstMs) return aloneMs;
      if (age === 'new' && this.times.knows(kind))
        return Math.min(longestMs, Math.max(firstMs / 2, elapsedMs * LATE_SHARE));
      const pauseMs = closelyMs;
      closelyMs = Math.min(longestMs, closelyMs * GROWTH);
      return pauseMs;
    };
    let runningMs: number | undefined;
    let blind = 0;
    for (let pauseMs = age === 'new' ? nextPauseMs() : 0; ; pauseMs = nextPauseMs()) {
      await scope.pause(pauseMs).catch(() => undefined);
      if (scope.aborted || scope.remainingMs === 0) return this.stop(scope, handle);
      const lookedMs = performance.now() - began;
      try {
        const end = await this.look(scope.what, handle);
        blind = 0;
        if (end?.kind === 'ok' && age === 'new') this.times.succeeded(kind, lookedMs, runningMs);
        if (end !== undefined) return end;
        runningMs = lookedMs;
      } catch (error) {
        blind += 1;
        if (!isProxmoxFailure(error) || error.errorClass === 'permanent' || blind > BLIND_LOOKS) throw error;
      }
    }
  }

  /** Names of tasks, newest first. Running ones are included. */
  async find({ host, vmId, type, since }: TaskQuery): Promise<readonly string[]> {
    const form = {
      vmid: vmId,
      typefilter: type,
      source: 'all',
      ...(since === undefined ? {} : { since: Math.floor((since - CLOCK_TOLERANCE_MS) / 1_000) }),
    };
    const tasks = asAnswers(await this.client.get('/nodes/{node}/tasks', { node: host }, form));
    return tasks
      .map((task) => ({
        upid: textOf(task, 'upid') ?? '',
        at: numberOf(task, 'starttime') ?? 0,
        type: textOf(task, 'type'),
      }))
      .filter((task) => task.upid !== '' && task.type === type)
      .sort((a, b) => b.at - a.at)
      .map((task) => task.upid);
  }

  /** Tasks of this kind that are under way. Those of others are hidden without Sys.Audit on the host. */
  async running({ host, vmId, type }: TaskQuery): Promise<readonly string[]> {
    const form = { vmid: vmId, typefilter: type, source: 'active' };
    const tasks = asAnswers(await this.client.get('/nodes/{node}/tasks', { node: host }, form));
    return tasks
      .filter((task) => textOf(task, 'endtime') === undefined && textOf(task, 'type') === type)
      .flatMap((task) => textOf(task, 'upid') ?? []);
  }

  /** Undefined while it runs. */
  private async look(what: string, handle: string): Promise<TaskEnd | undefined> {
    const upid = parseUpid(handle);
    if (upid === undefined) return { kind: 'lost' };
    try {
      const at = { node: upid.host, upid: handle };
      const task = asAnswer(await this.client.get('/nodes/{node}/tasks/{upid}/status', at));
      if (textOf(task, 'status') !== 'stopped') return undefined;
      return judgeExit(what, textOf(task, 'exitstatus') ?? '');
    } catch (error) {
      if (isProxmoxFailure(error) && isUnknownTask(error)) return { kind: 'lost' };
      throw error;
    }
  }

  private async stop(scope: OperationScope, handle: string): Promise<TaskEnd> {
    await this.cancel(handle).catch((error: unknown) => {
      // Its end is looked for in any case.
      if (!isProxmoxFailure(error)) throw error;
    });
    const until = performance.now() + STOP_WAIT_MS;
    while (performance.now() < until) {
      const end = await this.look(scope.what, handle);
      if (end !== undefined) return end;
      await delay(200);
    }
    throw outcomeUnknown(scope.what, 'its task does not stop');
  }
}

function isUnknownTask(failure: ProxmoxFailure): boolean {
  const said = Object.values(failure.evidence.parameters ?? {});
  return failure.evidence.status === 400 && said.some((text) => /no such task|unable to parse worker upid/.test(text));
}
