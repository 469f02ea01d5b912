import type { DesiredState, RangeState, StepState } from '@orion/domain';
import type { PlayChange, StepRow as NewStep } from '@orion/persistence';
import type { Statements } from './database';
import type { StepRow } from './rows';
import type { Tables, View } from './tables';

const UNSENT: readonly StepState[] = ['waiting', 'ready'];
const IN_FLIGHT: readonly StepState[] = ['dispatched', 'running'];

/** Steps, nodes and ranges under the row lock of their job, and the facts that move them. */
export function stepStatements(tables: Tables): Statements {
  const { job, step, command, range, node, network } = tables;
  const stepsOf = (view: View, jobId: unknown) => view.all(step).filter((row) => row.jobId === jobId);
  const end = (view: View, rows: readonly StepRow[], state: StepState) => {
    for (const { id } of rows) view.update(step, id, { state });
    return [];
  };

  return {
    'step-cancel-unsent': (view, [jobId]) => {
      const unsent = stepsOf(view, jobId).filter((row) => row.phase === 'forward' && UNSENT.includes(row.state));
      return end(view, unsent, 'cancelled');
    },
    'step-skip-unsent': (view, [jobId]) => {
      const unsent = stepsOf(view, jobId).filter(({ state }) => UNSENT.includes(state));
      return end(view, unsent, 'skipped');
    },
    'step-revive': (view, [jobId, phase]) => {
      const rows = stepsOf(view, jobId).filter((row) => row.phase === phase);
      for (const row of rows) {
        if (!['failed', 'unknown', 'cancelled', 'skipped'].includes(row.state)) continue;
        const state = row.waitingOn === 0 ? 'ready' : 'waiting';
        view.put(step, row.id, { ...row, state, firstAttempt: row.attempt, dueAt: null });
      }
      const stepsDone = rows.filter(({ state }) => state === 'succeeded').length;
      view.update(job, String(jobId), { stepsFailed: 0, error: null, stepsDone });
      return [];
    },
    'step-in-flight': (view, [jobId]) =>
      stepsOf(view, jobId)
        .filter(({ state }) => IN_FLIGHT.includes(state))
        .map(({ id }) => ({ id })),
    'step-has-active': (view, [jobId, phase]) => {
      const active = stepsOf(view, jobId).some((row) => {
        return row.phase === phase && (row.state === 'ready' || IN_FLIGHT.includes(row.state));
      });
      return [{ active }];
    },
    'step-leave-unknown': (view, [jobId]) => {
      const left = stepsOf(view, jobId).filter(({ state }) => IN_FLIGHT.includes(state));
      end(view, left, 'unknown');
      for (const { rangeId, subject } of left) view.update(node, `${rangeId} ${subject}`, { state: 'unknown' });
      return left.map(({ id, subject }) => ({ id, subject }));
    },
    'step-overdue': (view, [jobId, graceMs]) =>
      stepsOf(view, jobId)
        .filter((row) => isOverdue(row, view.now, Number(graceMs)))
        .map((row) => ({ ...row, attempt: row.attempt - row.firstAttempt })),
    'sweep-overdue-steps': (view, [graceMs]) => {
      const overdue = view.all(step).filter((row) => isOverdue(row, view.now, Number(graceMs)));
      return [...new Set(overdue.map(({ jobId }) => jobId))].map((jobId) => ({ jobId }));
    },
    'step-node-states': (view, [rangeId]) => view.all(node).filter((row) => row.rangeId === rangeId),
    'step-destroy-planned-nodes': (view, [rangeId]) => {
      for (const row of view.all(node)) {
        if (row.rangeId === rangeId && row.state === 'planned')
          view.put(node, `${row.rangeId} ${row.name}`, { ...row, state: 'destroyed' });
      }
      return [];
    },
    'step-read-range': (view, [id]) => {
      view.lockRow(range, String(id));
      const row = view.get(range, String(id));
      return row === undefined ? [] : [row];
    },
    'step-set-range': (view, [id, state, desired]) => {
      view.update(range, String(id), { state: state as RangeState, desired: desired as DesiredState });
      return [];
    },

    'plan-site': () => [{ bridge: 'vmbr1', pool: null, hosts: [], storages: [], templates: [], used: [] }],
    'plan-nodes': (view, [rangeId]) => view.all(node).filter((row) => row.rangeId === rangeId),
    'plan-networks': (view, [rangeId]) => view.all(network).filter((row) => row.rangeId === rangeId),
    'plan-allocated-vm-ids': () => [],
    'plan-sent-steps': (view, [jobId]) =>
      stepsOf(view, jobId).filter(({ phase, attempt }) => phase === 'forward' && attempt > 0),
    'plan-count-steps': (view, [jobId]) => [{ count: stepsOf(view, jobId).length }],
    'plan-add-steps': (view, [tenantId, jobId, rangeId, siteId, rows]) => {
      const owner = { tenantId, jobId, rangeId, siteId } as Pick<StepRow, 'tenantId' | 'jobId' | 'rangeId' | 'siteId'>;
      for (const row of JSON.parse(String(rows)) as readonly NewStep[]) {
        if (view.get(step, row.id) !== undefined) continue;
        const state = row.waitingOn === 0 ? 'ready' : 'waiting';
        const place = { host: row.host ?? null, storage: row.storage ?? null };
        const fresh = {
          attempt: 0,
          firstAttempt: 0,
          commandId: null,
          dispatchedAt: null,
          startedAt: null,
          dueAt: null,
        };
        view.put(step, row.id, { ...row, ...owner, ...place, ...fresh, state });
      }
      return [];
    },

    'fact-read-commands': (view, [ids]) =>
      (ids as readonly string[]).flatMap((id) => {
        const row = view.get(command, id);
        const of = row && view.get(step, row.stepId);
        if (row === undefined || of === undefined) return [];
        const generation = view.get(tables.agent, row.siteId)?.generation ?? null;
        const { jobId, stepId, state, lastEventNumber } = row;
        const current = of.commandId === id;
        return [
          {
            ...{ id, jobId, stepId, state, lastEventNumber, current, generation },
            step: { ...of, attempt: of.attempt - of.firstAttempt },
          },
        ];
      }),
    'fact-apply': (view, [json]) => {
      const changes = JSON.parse(String(json)) as readonly PlayChange[];
      for (const change of changes) if (change.commandId !== undefined) recordOnCommand(tables, view, change);
      return moveSteps(tables, view, changes);
    },
  };
}

function isOverdue(row: StepRow, now: number, graceMs: number): boolean {
  const since = row.startedAt ?? row.dispatchedAt ?? now;
  return IN_FLIGHT.includes(row.state) && since < now - row.timeoutMs - graceMs;
}

function recordOnCommand({ command }: Tables, view: View, { commandId = '', eventNumber, outcome }: PlayChange): void {
  const row = view.get(command, commandId);
  if (row === undefined) return;
  const state = outcome !== undefined ? 'ended' : row.state === 'pending' ? 'acknowledged' : row.state;
  const lastEventNumber = Math.max(row.lastEventNumber, eventNumber ?? 0);
  view.put(command, commandId, { ...row, state, lastEventNumber, acknowledged: true });
}

/** Moves steps, their successors, their nodes and the counters of their jobs, all as they were before the statement. */
function moveSteps({ job, step, node }: Tables, view: View, changes: readonly PlayChange[]): readonly object[] {
  const freed = new Map<string, number>();
  const counted = new Map<string, { done: number; failed: number }>();
  for (const { stepId = '', stepState, dueMs, rangeId, node: name, nodeState } of changes) {
    const row = view.get(step, stepId);
    if (row !== undefined && stepState !== undefined) {
      // The jitter of a back-off is no decision: it is over as soon as any time passes.
      const dueAt = dueMs === undefined ? null : view.now + 1;
      view.put(step, stepId, { ...row, state: stepState, dueAt, startedAt: row.startedAt ?? view.now });
      const count = counted.get(row.jobId) ?? { done: 0, failed: 0 };
      counted.set(row.jobId, count);
      if (stepState === 'succeeded') {
        count.done += 1;
        for (const successor of row.successors) freed.set(successor, (freed.get(successor) ?? 0) + 1);
      }
      if (stepState === 'failed' || stepState === 'unknown') count.failed += 1;
    }
    if (rangeId !== undefined && nodeState !== undefined) {
      view.update(node, `${rangeId} ${name}`, { state: nodeState });
    }
  }
  for (const [id, by] of freed) {
    const row = view.get(step, id);
    if (row === undefined) continue;
    const waitingOn = row.waitingOn - by;
    view.put(step, id, { ...row, waitingOn, state: waitingOn <= 0 && row.state === 'waiting' ? 'ready' : row.state });
  }
  return [...counted].flatMap(([jobId, { done, failed }]) => {
    const row = view.get(job, jobId);
    if (row === undefined || done + failed === 0) return [];
    const progress = { stepsDone: row.stepsDone + done, stepsFailed: row.stepsFailed + failed };
    view.put(job, jobId, { ...row, ...progress, changedAt: view.now });
    return [{ jobId, stepsTotal: row.stepsTotal, ...progress }];
  });
}
