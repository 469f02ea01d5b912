import type { DesiredState, NodeState, RangeState, StepError, StepKind, StepState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

type StepPhase = 'forward' | 'compensate';

export interface OverdueStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly subject: string;
  readonly phase: StepPhase;
  /** Within the job's present attempt, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

export interface StepEnd {
  readonly kind: StepKind;
  readonly subject: string;
  readonly state: StepState;
  readonly result: unknown;
  readonly error: StepError | null;
}

export interface TakenSnapshot {
  readonly id: string;
  readonly tenantId: string;
  readonly rangeId: string;
  readonly node: string;
  readonly name: string;
  readonly description: string;
  readonly memory: boolean;
  readonly jobId: string;
}

const CANCEL_UNSENT = statement(
  'step-cancel-unsent',
  `UPDATE step SET state = 'cancelled', ended_at = now()
    WHERE job_id = $1 AND phase = 'forward' AND state IN ('waiting', 'ready')`,
);
const SKIP_UNSENT = statement(
  'step-skip-unsent',
  `UPDATE step SET state = 'skipped', ended_at = now() WHERE job_id = $1 AND state IN ('waiting', 'ready')`,
);
const REVIVE = statement(
  'step-revive',
  `WITH revived AS (
     UPDATE step SET state = CASE WHEN waiting_on = 0 THEN 'ready' ELSE 'waiting' END, first_attempt = attempt,
            due_at = NULL, error = NULL, ended_at = NULL
      WHERE job_id = $1 AND phase = $2 AND state IN ('failed', 'unknown', 'cancelled', 'skipped')
   )
   UPDATE job SET steps_failed = 0, error = NULL,
          steps_done = (SELECT count(*) FROM step WHERE job_id = $1 AND phase = $2 AND state = 'succeeded')
    WHERE id = $1`,
);
const IN_FLIGHT = statement(
  'step-in-flight',
  `SELECT id FROM step WHERE job_id = $1 AND state IN ('dispatched', 'running')`,
);
const HAS_ACTIVE = statement(
  'step-has-active',
  `SELECT EXISTS (SELECT 1 FROM step WHERE job_id = $1 AND phase = $2 AND state IN ('ready', 'dispatched', 'running'))
          AS active`,
);
const LEAVE_UNKNOWN = statement(
  'step-leave-unknown',
  `WITH left_over AS (
     UPDATE step SET state = 'unknown', ended_at = now(), error = $2::jsonb
      WHERE job_id = $1 AND state IN ('dispatched', 'running') RETURNING id, subject, range_id
   ), nodes AS (
     UPDATE range_node SET state = 'unknown', changed_at = now()
       FROM left_over WHERE range_node.range_id = left_over.range_id AND range_node.name = left_over.subject
   )
   SELECT id, subject FROM left_over`,
);
const OVERDUE = statement(
  'step-overdue',
  `SELECT id, kind, subject, phase, attempt - first_attempt AS attempt, max_attempts AS "maxAttempts"
     FROM step WHERE job_id = $1 AND state IN ('dispatched', 'running')
      AND coalesce(started_at, dispatched_at) < now() - (timeout_ms + $2::int) * interval '1 millisecond'`,
);
const KEEP_SNAPSHOT = statement(
  'step-keep-snapshot',
  `INSERT INTO range_snapshot (id, tenant_id, range_id, node, name, description, memory, job_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
);
const FORGET_SNAPSHOT = statement('step-forget-snapshot', `DELETE FROM range_snapshot WHERE job_id = $1`);
const RESULT = statement('step-result', `SELECT result FROM step WHERE job_id = $1 AND kind = $2 LIMIT 1`);
const RESULTS = statement(
  'step-results',
  `SELECT kind, subject, state, result, error FROM step WHERE job_id = $1 AND phase = 'forward' ORDER BY ordinal`,
);
const NODE_STATES = statement('step-node-states', `SELECT state FROM range_node WHERE range_id = $1`);
const DESTROY_PLANNED = statement(
  'step-destroy-planned-nodes',
  `UPDATE range_node SET state = 'destroyed', changed_at = now() WHERE range_id = $1 AND state = 'planned'`,
);
const READ_RANGE = statement(
  'step-read-range',
  `SELECT state, desired_state AS desired FROM range WHERE id = $1 FOR UPDATE`,
);
const SET_RANGE = statement(
  'step-set-range',
  `UPDATE range SET state = $2, desired_state = $3, changed_at = now(), version = version + 1
    WHERE id = $1 AND (state <> $2 OR desired_state <> $3)`,
);

/** Steps of one job, its range and its nodes. The job's row lock is held. */
export class StepStore {
  constructor(private readonly db: EntityManager) {}

  /** Cancels what was never sent. Before `inFlight`, so that what a scheduler sends meanwhile is seen by that. */
  async cancelUnsent(jobId: string): Promise<void> {
    await execute(this.db, CANCEL_UNSENT, [jobId]);
  }

  async skipUnsent(jobId: string): Promise<void> {
    await execute(this.db, SKIP_UNSENT, [jobId]);
  }

  /** Lets a phase go on where it stopped: what succeeded stays, everything else may be attempted anew. */
  async revive(jobId: string, phase: StepPhase): Promise<void> {
    await execute(this.db, REVIVE, [jobId, phase]);
  }

  async inFlight(jobId: string): Promise<readonly string[]> {
    return (await execute<{ id: string }>(this.db, IN_FLIGHT, [jobId])).map(({ id }) => id);
  }

  /** Tells whether anything of a phase is ready or sent. */
  async hasActive(jobId: string, phase: StepPhase): Promise<boolean> {
    return (await execute<{ active: boolean }>(this.db, HAS_ACTIVE, [jobId, phase]))[0]?.active === true;
  }

  /** Ends what is in flight without knowing its outcome; its nodes are unknown, too. */
  async leaveUnknown(
    jobId: string,
    error: unknown,
  ): Promise<readonly { readonly id: string; readonly subject: string }[]> {
    return execute(this.db, LEAVE_UNKNOWN, [jobId, JSON.stringify(error)]);
  }

  /** What is in flight although its time-out passed `graceMs` ago: its agent does not answer. */
  async overdue(jobId: string, graceMs: number): Promise<readonly OverdueStep[]> {
    return execute<OverdueStep>(this.db, OVERDUE, [jobId, graceMs]);
  }

  /** What the job's only step of a kind has reported. */
  async resultOf(jobId: string, kind: StepKind): Promise<unknown> {
    return (await execute<{ result: unknown }>(this.db, RESULT, [jobId, kind]))[0]?.result;
  }

  /** What each step of the job's forward phase has come to, in their order. */
  async results(jobId: string): Promise<readonly StepEnd[]> {
    return execute<StepEnd>(this.db, RESULTS, [jobId]);
  }

  /** Records a snapshot that was taken; one that its request has recorded stays as it is. Needs the tenant set. */
  async keepSnapshot(snapshot: TakenSnapshot): Promise<void> {
    const { id, tenantId, rangeId, node, name, description, memory, jobId } = snapshot;
    await execute(this.db, KEEP_SNAPSHOT, [id, tenantId, rangeId, node, name, description, memory, jobId]);
  }

  /** Frees the name of a snapshot that a job was to take and did not. Needs the tenant set. */
  async forgetSnapshot(jobId: string): Promise<void> {
    await execute(this.db, FORGET_SNAPSHOT, [jobId]);
  }

  async nodeStates(rangeId: string): Promise<readonly NodeState[]> {
    return (await execute<{ state: NodeState }>(this.db, NODE_STATES, [rangeId])).map(({ state }) => state);
  }

  /** Of nodes that were planned and never made, nothing is left once their job is undone. */
  async destroyPlannedNodes(rangeId: string): Promise<void> {
    await execute(this.db, DESTROY_PLANNED, [rangeId]);
  }

  async lockRange(rangeId: string): Promise<{ readonly state: RangeState; readonly desired: DesiredState }> {
    const [row] = await execute<{ state: RangeState; desired: DesiredState }>(this.db, READ_RANGE, [rangeId]);
    if (row === undefined) throw new Error(`There is no range ${rangeId}.`);
    return row;
  }

  async setRange(
    rangeId: string,
    range: { readonly state: RangeState; readonly desired: DesiredState },
  ): Promise<void> {
    await execute(this.db, SET_RANGE, [rangeId, range.state, range.desired]);
  }
}
