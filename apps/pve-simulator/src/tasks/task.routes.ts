import { authId, type Caller } from '../access/access-control';
import { boolean, integer, list, oneOf, text, vmId } from '../http/formats';
import { badParameters } from '../http/pve-error';
import { requireRight } from '../http/dispatch';
import { Listed, type Call, type Route } from '../http/router';
import type { Sim } from '../sim';
import type { Task } from './task-manager';
import { parseUpid } from './upid';
import { without } from '../http/values';

/** Whoever started a task, through the same token, owns it. */
function owns(caller: Caller, task: Pick<Task, 'user' | 'tokenid'>): boolean {
  const owner: Caller = { user: task.user, ...(task.tokenid === undefined ? {} : { tokenId: task.tokenid }) };
  return authId(owner) === authId(caller);
}

function requireUpid(call: Call): string {
  const upid = call.uri['upid'] ?? '';
  if (parseUpid(upid) === undefined) throw badParameters({ upid: 'unable to parse worker upid' });
  return upid;
}

function requireTask(call: Call, sim: Sim, privilege = 'Sys.Audit'): Task {
  const task = sim.tasks.find(requireUpid(call));
  if (task === undefined) throw badParameters({ upid: 'no such task' });
  if (!owns(call.caller, task)) requireRight(sim, call.caller, { path: `/nodes/${task.node}`, anyOf: [privilege] });
  return task;
}

function taskStatus(call: Call, sim: Sim): unknown {
  const { upid, node, pid, pstart, starttime, type, id, user, tokenid, exitstatus, endtime } = requireTask(call, sim);
  const isRunning = endtime === undefined;
  return {
    ...{ upid, node, pid, pstart, starttime, type, id, user },
    ...(tokenid === undefined ? {} : { tokenid }),
    ...(isRunning ? { status: 'running' } : { status: 'stopped', exitstatus }),
  };
}

function taskLog(call: Call, sim: Sim): unknown {
  const task = sim.tasks.find(requireUpid(call));
  if (task === undefined) return new Listed([{ n: 1, t: 'unable to open file - No such file or directory' }], 1);
  requireTask(call, sim);
  const lines = task.log.length === 0 ? ['no content'] : task.log;
  const start = Number(call.params['start'] ?? 0);
  const limit = Number(call.params['limit'] ?? 50);
  const shown = lines.slice(start, limit === 0 ? undefined : start + limit);
  return new Listed(
    shown.map((t, index) => ({ n: start + index + 1, t })),
    lines.length,
  );
}

async function abortTask(call: Call, sim: Sim): Promise<null> {
  const task = requireTask(call, sim, 'Sys.Modify');
  if (task.endtime === undefined) {
    await sim.time.wait(sim.profile.taskAbort);
    await sim.tasks.abort(task.upid);
  }
  return null;
}

/** Running tasks name user and token together; finished ones apart. */
function entryOf(task: Task): Record<string, unknown> {
  const { upid, node, pid, pstart, starttime, type, id, user, tokenid, endtime, exitstatus } = task;
  const facts = { upid, node, pid, pstart, starttime, type, id };
  if (endtime === undefined) {
    return { ...facts, user: tokenid === undefined ? user : `${user}!${tokenid}`, status: 'RUNNING', saved: '0' };
  }
  return { ...facts, user, ...(tokenid === undefined ? {} : { tokenid }), endtime, status: exitstatus };
}

function listTasks(call: Call, sim: Sim): unknown {
  const { params, host, caller } = call;
  const source = String(params['source'] ?? 'archive');
  const active = source === 'archive' ? [] : sim.tasks.active(host);
  const archived = source === 'active' ? [] : sim.tasks.archived(host);
  const seesAll = sim.access.has(caller, `/nodes/${host}`, 'Sys.Audit');
  const wanted = [...active, ...archived].filter((task) => (seesAll || owns(caller, task)) && passes(task, params));
  const start = Number(params['start'] ?? 0);
  const shown = wanted.slice(start, start + Number(params['limit'] ?? 50));
  return new Listed(shown.map(entryOf), wanted.length);
}

function passes(task: Task, params: Call['params']): boolean {
  const failed = task.endtime !== undefined && task.exitstatus !== 'OK';
  if (params['vmid'] !== undefined && task.id !== String(params['vmid'])) return false;
  if (params['typefilter'] !== undefined && task.type !== params['typefilter']) return false;
  if (params['since'] !== undefined && task.starttime < Number(params['since'])) return false;
  if (params['until'] !== undefined && task.starttime > Number(params['until'])) return false;
  if (params['userfilter'] !== undefined && !task.user.includes(String(params['userfilter']))) return false;
  if (params['errors'] === 1 && !failed) return false;
  const states = params['statusfilter'];
  if (states === undefined) return true;
  return String(states)
    .split(',')
    .includes(failed ? 'error' : 'ok');
}

const PER_HOST = 25;

/** The latest tasks of every host, running ones first. Without Sys.Audit only own ones of the user itself show. */
function clusterTasks(call: Call, sim: Sim): unknown {
  const { caller } = call;
  const seesAll = (node: string) => sim.access.has(caller, `/nodes/${node}`, 'Sys.Audit');
  const entries: Record<string, unknown>[] = [];
  for (const node of sim.cluster.hosts.keys()) {
    const tasks = [...sim.tasks.active(node), ...sim.tasks.archived(node)].slice(0, PER_HOST);
    for (const task of tasks) {
      if (!seesAll(node) && (caller.tokenId !== undefined || task.user !== caller.user)) continue;
      const facts = without(entryOf(task), 'pid', 'pstart', 'status', 'saved', 'user');
      const token = task.tokenid === undefined ? {} : { tokenid: task.tokenid };
      const state = task.endtime === undefined ? { pid: task.pid } : { saved: '1', status: task.exitstatus };
      entries.push({ ...facts, ...token, ...state, user: task.user });
    }
  }
  return entries;
}

const LIST_FIELDS = {
  errors: boolean,
  limit: integer(0),
  since: integer(),
  source: oneOf('archive', 'active', 'all'),
  start: integer(0),
  statusfilter: list(),
  typefilter: text(),
  until: integer(),
  userfilter: text(),
  vmid: vmId,
};

const BASE = '/nodes/{node}/tasks';

export const TASK_ROUTES: Route[] = [
  {
    method: 'GET',
    path: BASE,
    operation: 'task.list',
    check: 'everyone',
    schema: { fields: LIST_FIELDS },
    handler: listTasks,
  },
  {
    method: 'GET',
    path: `${BASE}/{upid}`,
    operation: 'task.index',
    check: 'everyone',
    schema: { fields: {} },
    handler: () => [{ name: 'log' }, { name: 'status' }],
  },
  {
    method: 'DELETE',
    path: `${BASE}/{upid}`,
    operation: 'task.abort',
    check: 'everyone',
    schema: { fields: {} },
    handler: abortTask,
  },
  {
    method: 'GET',
    path: `${BASE}/{upid}/status`,
    operation: 'task.status',
    check: 'everyone',
    schema: { fields: {} },
    handler: taskStatus,
  },
  {
    method: 'GET',
    path: `${BASE}/{upid}/log`,
    operation: 'task.log',
    check: 'everyone',
    schema: { fields: { start: integer(0), limit: integer(0), download: boolean } },
    handler: taskLog,
  },
  {
    method: 'GET',
    path: '/cluster/tasks',
    operation: 'cluster.tasks',
    check: 'everyone',
    schema: { fields: {} },
    handler: clusterTasks,
  },
];
