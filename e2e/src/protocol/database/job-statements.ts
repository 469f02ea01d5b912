import type { JobError, JobState } from '@orion/domain';
import type { JobPhase } from '@orion/persistence';
import type { Statements } from './database';
import type { EventRow, JobRow } from './rows';
import type { Tables, View } from './tables';

const RUNNING_JOBS = 50;

/** Jobs, their ranges' streams, and what the sweep finds of them. */
export function jobStatements(tables: Tables): Statements {
  const { job, range, outbox, event } = tables;
  const read = (row: JobRow, view: View) => ({ ...row, overdue: row.deadlineAt <= view.now });
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => ({ id }));

  return {
    'set-tenant': () => [],
    'job-lock': (view, [id]) => {
      for (const key of outboxOf(tables, view, String(id))) view.put(outbox, key, undefined);
      view.lockRow(job, String(id));
      const row = view.get(job, String(id));
      return row === undefined ? [] : [read(row, view)];
    },
    'job-lock-of-commands': (view, [commandIds]) => {
      const wanted = new Set((commandIds as readonly string[]).map((id) => view.get(tables.command, id)?.jobId));
      const rows = byId(view.all(job).filter(({ id }) => wanted.has(id)));
      for (const { id } of rows) view.lockRow(job, id);
      return rows.map((row) => read(row, view));
    },
    'site-lock-planning': (view) => {
      view.lock('planning');
      return [];
    },
    'job-admitted': (view, [, id]) => {
      const own = view.get(job, String(id));
      const ahead = view.all(job).filter((other) => {
        return other.state === 'running' || (other.state === 'pending' && own !== undefined && isOlder(other, own));
      });
      return [{ admitted: ahead.length < RUNNING_JOBS }];
    },
    'job-start': (view, [id, phase]) => {
      const row = view.get(job, String(id));
      if (row === undefined) return [];
      const deadlineAt = row.deadlineAt > view.now ? row.deadlineAt : view.now + (row.deadlineAt - row.createdAt);
      view.put(job, row.id, { ...row, state: 'running', phase: phase as JobPhase, deadlineAt, changedAt: view.now });
      return [];
    },
    'job-enter-phase': (view, [id, phase, stepsTotal, atLeastMs]) => {
      const row = view.get(job, String(id));
      if (row === undefined) return [];
      const deadlineAt = Math.max(row.deadlineAt, view.now + Number(atLeastMs ?? -Infinity));
      const counts = { stepsTotal: Number(stepsTotal), stepsDone: 0, stepsFailed: 0 };
      view.put(job, row.id, { ...row, ...counts, phase: phase as JobPhase, deadlineAt, changedAt: view.now });
      return [];
    },
    'job-drain': (view, [id, error, atLeastMs]) => {
      const row = view.get(job, String(id));
      if (row === undefined) return [];
      const deadlineAt = Math.max(row.deadlineAt, view.now + Number(atLeastMs));
      view.put(job, row.id, {
        ...row,
        phase: 'drain',
        error: row.error ?? parsed<JobError>(error),
        deadlineAt,
        changedAt: view.now,
      });
      return [];
    },
    'job-end': (view, [id, state, phase, error]) => {
      view.update(job, String(id), {
        state: state as JobState,
        phase: phase as JobPhase,
        error: parsed<JobError>(error),
        changedAt: view.now,
      });
      return [{ next: null }];
    },
    'event-append-range': (view, [rangeId, count, , , rows]) => {
      const stream = view.get(range, String(rangeId));
      if (stream === undefined) throw new Error('No stream counts the events.');
      view.put(range, stream.id, { ...stream, lastEventNumber: stream.lastEventNumber + Number(count) });
      for (const row of JSON.parse(String(rows)) as readonly SentEvent[]) {
        const number = stream.lastEventNumber + row.ordinal;
        const { job_id: jobId, step_id: stepId, type, data } = row;
        view.put(event, `${stream.id} ${number}`, { rangeId: stream.id, number, jobId, stepId, type, data });
      }
      return [];
    },
    'sweep-forgotten-jobs': (view, [olderThanMs]) => {
      const before = view.now - Number(olderThanMs);
      const due = view.all(job).filter((row) => {
        if ((row.state !== 'pending' && row.state !== 'running') || row.changedAt >= before) return false;
        const unplanned = row.phase === 'plan' && row.state === 'running';
        const unheard = row.cancelRequested && (row.phase === 'plan' || row.phase === 'forward');
        return unplanned || row.deadlineAt <= view.now || unheard;
      });
      const woken = view.all(outbox).filter(({ createdAt }) => createdAt < before);
      return [...new Set([...due.map(({ id }) => id), ...woken.map(({ jobId }) => jobId)])].map((id) => ({ id }));
    },
    'sweep-admissible-jobs': (view) => {
      const room = RUNNING_JOBS - view.all(job).filter(({ state }) => state === 'running').length;
      const pending = view.all(job).filter(({ state }) => state === 'pending');
      return idsOf(pending.sort((a, b) => (isOlder(a, b) ? -1 : 1)).slice(0, Math.max(0, room)));
    },
    'sweep-forget-outbox': (view, [jobIds]) => {
      for (const jobId of jobIds as readonly string[]) {
        for (const key of outboxOf(tables, view, jobId)) view.put(outbox, key, undefined);
      }
      return [];
    },
    // Nobody waits for a range, and none has a baseline.
    'baseline-remove-of-range': () => [],
    'baseline-spoil': () => [],
    'estimate-sites-due': () => [],
    'estimate-measured-times': () => [],
    'allocation-release-range': () => [],
    'housekeeping-partitions': () => [],
    'housekeeping-idempotency': () => [],
    'housekeeping-pages': () => [],
    'housekeeping-take-time': () => [],
    'housekeeping-move-late': () => [],
  };
}

interface SentEvent extends Pick<EventRow, 'type' | 'data'> {
  readonly ordinal: number;
  readonly job_id: string;
  readonly step_id: string | null;
}

export function parsed<T>(json: unknown): T | null {
  return typeof json === 'string' ? (JSON.parse(json) as T) : null;
}

function outboxOf({ outbox }: Tables, view: View, jobId: string): readonly string[] {
  return view.all(outbox).flatMap(({ jobId: of, createdAt }) => (of === jobId ? [`${of} ${createdAt}`] : []));
}

function isOlder(a: JobRow, b: JobRow): boolean {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);
}

function byId<R extends { readonly id: string }>(rows: R[]): R[] {
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}
