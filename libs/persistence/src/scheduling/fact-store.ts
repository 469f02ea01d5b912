import type { NodeState, StepError, StepKind, StepOutcome, StepState } from '@orion/domain';
import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** A command with its step, as a fact about it meets them. */
export interface CommandInPlay {
  readonly id: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly generation: number;
  readonly state: 'pending' | 'acknowledged' | 'cancelling' | 'ended';
  readonly lastEventNumber: number;
  /** False when a later attempt, or nothing any more, stands for the step. */
  readonly current: boolean;
  /** Of a clone: no other attempt of the step was ever made on the same target. */
  readonly firstOnTarget: boolean;
  readonly step: {
    readonly kind: StepKind;
    readonly subject: string;
    readonly phase: 'forward' | 'compensate';
    readonly state: StepState;
    /** Within the job's present attempt, from 1. */
    readonly attempt: number;
    readonly maxAttempts: number;
  };
}

/** What facts change about one command and its step. Absent members stay as they are. */
export interface PlayChange {
  readonly commandId?: string;
  readonly eventNumber?: number;
  readonly taskHandle?: string;
  readonly outcome?: StepOutcome;
  /** How long ago the step began, milliseconds; its start may have been told late, or not at all. */
  readonly tookMs?: number;
  readonly stepId?: string;
  readonly stepState?: StepState;
  /** When a step that goes back to `ready` may be sent again, milliseconds from now. */
  readonly dueMs?: number;
  readonly error?: StepError;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly rangeId?: string;
  readonly node?: string;
  readonly nodeState?: NodeState;
  readonly addresses?: readonly string[];
  readonly interfaces?: readonly unknown[];
}

/** What a change came to, by job. */
export interface JobProgress {
  readonly jobId: string;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  readonly stepsFailed: number;
}

const READ = statement(
  'fact-read-commands',
  `SELECT c.id, c.job_id AS "jobId", c.step_id AS "stepId", c.state, c.last_event_number AS "lastEventNumber",
          coalesce(s.command_id = c.id, false) AS current,
          CASE WHEN c.kind = 'vm.clone' THEN
            (SELECT o.id FROM command o WHERE o.step_id = c.step_id AND o.target = c.target AND o.id <> c.id LIMIT 1) IS NULL
          ELSE false END AS "firstOnTarget",
          (SELECT generation::int FROM site_agent a WHERE a.site_id = c.site_id) AS generation,
          json_build_object('kind', s.kind, 'subject', s.subject, 'phase', s.phase, 'state', s.state,
                            'attempt', s.attempt - s.first_attempt, 'maxAttempts', s.max_attempts) AS step
     FROM command c JOIN step s ON s.id = c.step_id
    WHERE c.id = ANY($1::uuid[])`,
);

/*
 * One statement moves commands, steps, successors, nodes and the jobs' counters. All parts see the rows as they were
 * before it, and no row is touched by two of them: a step that has just ended is nobody's waiting successor.
 */
const APPLY = statement(
  'fact-apply',
  `WITH change AS (
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS c("commandId" uuid, "eventNumber" int, "taskHandle" text,
       outcome jsonb, "tookMs" int, "stepId" uuid, "stepState" text, "dueMs" int, error jsonb, result jsonb, "rangeId" uuid, node text,
       "nodeState" text, addresses text[], interfaces jsonb)
   ), commands AS (
     UPDATE command SET
            last_event_number = greatest(command.last_event_number, coalesce(c."eventNumber", 0)),
            task_handle = coalesce(c."taskHandle", command.task_handle),
            outcome = coalesce(c.outcome, command.outcome),
            acknowledged_at = coalesce(command.acknowledged_at, now()),
            ended_at = CASE WHEN c.outcome IS NULL THEN command.ended_at ELSE coalesce(command.ended_at, now()) END,
            state = CASE WHEN c.outcome IS NOT NULL THEN 'ended'
                         WHEN command.state = 'pending' THEN 'acknowledged' ELSE command.state END
       FROM change c WHERE command.id = c."commandId"
   ), moved AS (
     UPDATE step SET
            state = c."stepState",
            due_at = now() + c."dueMs" * interval '1 millisecond',
            error = coalesce(c.error, step.error),
            result = coalesce(c.result, step.result),
            started_at = least(step.started_at, now() - coalesce(c."tookMs", 0) * interval '1 millisecond'),
            ended_at = CASE WHEN c."stepState" IN ('ready', 'running') THEN NULL ELSE now() END
       FROM change c WHERE step.id = c."stepId" AND c."stepState" IS NOT NULL
     RETURNING step.job_id, step.state, step.successors
   ), freed AS (
     SELECT successor, count(*)::int AS by FROM moved, unnest(successors) AS successor
      WHERE moved.state = 'succeeded' GROUP BY successor
   ), released AS (
     UPDATE step SET waiting_on = waiting_on - freed.by,
            state = CASE WHEN waiting_on <= freed.by AND state = 'waiting' THEN 'ready' ELSE state END
       FROM freed WHERE step.id = freed.successor
   ), nodes AS (
     UPDATE range_node SET state = c."nodeState", changed_at = now(),
            observed_addresses = coalesce(c.addresses, observed_addresses),
            observed_interfaces = coalesce(c.interfaces, observed_interfaces)
       FROM change c WHERE range_id = c."rangeId" AND name = c.node AND c."nodeState" IS NOT NULL
   ), counted AS (
     SELECT job_id, count(*) FILTER (WHERE state = 'succeeded')::int AS done,
            count(*) FILTER (WHERE state IN ('failed', 'unknown'))::int AS failed
       FROM moved GROUP BY job_id
   )
   UPDATE job SET steps_done = steps_done + done, steps_failed = steps_failed + failed, changed_at = now()
     FROM counted WHERE job.id = counted.job_id AND done + failed > 0
   RETURNING job.id AS "jobId", steps_done AS "stepsDone", steps_total AS "stepsTotal", steps_failed AS "stepsFailed"`,
);

/** Records what became of commands. The jobs' row locks are held. */
export class FactStore {
  constructor(private readonly db: EntityManager) {}

  async read(commandIds: readonly string[]): Promise<CommandInPlay[]> {
    return execute<CommandInPlay>(this.db, READ, [commandIds]);
  }

  /** Applies the changes, of which each names another command and another step, and tells how far their jobs have come. */
  async apply(changes: readonly PlayChange[]): Promise<JobProgress[]> {
    if (changes.length === 0) return [];
    return execute<JobProgress>(this.db, APPLY, [JSON.stringify(changes)]);
  }
}
