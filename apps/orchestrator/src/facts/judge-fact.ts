import type { CommandEvent } from '@orion/contracts';
import { afterFailure, type JobError, type StepError, type StepOutcome } from '@orion/domain';
import type { CommandInPlay, JobPhase, PlayChange } from '@orion/persistence';

import { nodeStateAfter } from './node-states';

/** Facts about one command that arrived together, in one: the last number, and the outcome when there is one. */
export interface FactsOfCommand {
  readonly commandId: string;
  readonly number: number;
  readonly started: boolean;
  readonly taskHandle?: string;
  readonly outcome?: StepOutcome;
  readonly tookMs?: number;
}

export interface Judgement {
  readonly change: PlayChange;
  readonly event?: { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
  /** Set when the step has failed for good. */
  readonly failure?: JobError;
  /** A node whose id turned out to be something else's: its next attempt is to have another. */
  readonly renumber?: string;
}

/** Puts the facts about each command together. The order in which they arrived does not matter. */
export function gatherFacts(
  events: readonly Pick<CommandEvent, 'commandId' | 'number' | 'fact'>[],
): readonly FactsOfCommand[] {
  const gathered = new Map<string, FactsOfCommand>();
  for (const { commandId, number, fact } of events) {
    const before = gathered.get(commandId) ?? { commandId, number: 0, started: false };
    gathered.set(commandId, {
      ...before,
      number: Math.max(before.number, number),
      started: before.started || fact.type !== 'ended',
      ...(fact.type === 'task' && { taskHandle: fact.handle }),
      ...(fact.type === 'ended' && { outcome: fact.outcome }),
      ...(fact.type === 'ended' && fact.tookMs !== undefined && { tookMs: fact.tookMs }),
    });
  }
  return [...gathered.values()];
}

/**
 * What facts about a command come to; undefined when all of them are known.
 * A command that nobody waits for any more (an older attempt, an ended job) is recorded and moves no step.
 */
export function judgeFacts(
  facts: FactsOfCommand,
  command: CommandInPlay,
  job: { readonly phase: JobPhase; readonly rangeId: string | null },
  random: () => number,
): Judgement | undefined {
  if (command.state === 'ended' || (facts.number <= command.lastEventNumber && facts.outcome === undefined))
    return undefined;
  const record: PlayChange = {
    commandId: command.id,
    eventNumber: facts.number,
    ...(facts.taskHandle !== undefined && { taskHandle: facts.taskHandle }),
    ...(facts.outcome && { outcome: facts.outcome }),
    ...(facts.tookMs !== undefined && { tookMs: facts.tookMs }),
  };
  const { step } = command;
  const waitedFor = command.current && (step.state === 'dispatched' || step.state === 'running');
  if (!waitedFor) return { change: record };
  if (facts.outcome !== undefined) return ended(record, facts.outcome, command, job, random);
  if (step.state === 'running' || !facts.started) return { change: record };
  return {
    change: { ...record, stepId: command.stepId, stepState: 'running', ...nodeMove(command, job, 'started') },
    event: { type: 'step.started', data: about(command) },
  };
}

function ended(
  record: PlayChange,
  outcome: StepOutcome,
  command: CommandInPlay,
  job: { readonly phase: JobPhase; readonly rangeId: string | null },
  random: () => number,
): Judgement {
  const moved = { ...record, stepId: command.stepId };
  const data = about(command);
  switch (outcome.status) {
    case 'succeeded': {
      const { addresses, interfaces } = outcome.result;
      return {
        change: {
          ...moved,
          stepState: 'succeeded',
          result: outcome.result,
          ...nodeMove(command, job, 'succeeded', outcome.result),
          ...(Array.isArray(addresses) && { addresses: addresses.filter((text) => typeof text === 'string') }),
          ...(Array.isArray(interfaces) && { interfaces }),
        },
        event: { type: 'step.succeeded', data },
      };
    }
    case 'cancelled':
      if (job.phase === 'drain')
        return { change: { ...moved, stepState: 'cancelled' }, event: { type: 'step.cancelled', data } };
      // Stopped without us asking: another attempt finds out what was done.
      return failed(moved, STOPPED, command, job, random);
    case 'failed':
      if (isGoneAlready(command, outcome.error)) {
        const change = { ...moved, stepState: 'succeeded' as const, ...nodeMove(command, job, 'succeeded') };
        return { change, event: { type: 'step.succeeded', data: { ...data, foreign: true } } };
      }
      return failed(moved, outcome.error, command, job, random);
  }
}

const STOPPED: StepError = { code: 'command.cancelled', class: 'unknown', detail: 'The command was stopped.' };

function failed(
  moved: PlayChange & { readonly stepId: string },
  reported: StepError,
  command: CommandInPlay,
  job: { readonly phase: JobPhase; readonly rangeId: string | null },
  random: () => number,
): Judgement {
  const { step } = command;
  const idTaken = isIdTaken(command, reported);
  const error = idTaken === 'perhaps' ? { ...reported, class: 'unknown' as const } : reported;
  const data = { ...about(command), error };
  const last = job.phase === 'drain' ? (error.class === 'unknown' ? 'unknown' : 'fail') : undefined;
  if (last === undefined && idTaken === 'surely' && step.attempt < step.maxAttempts) {
    return {
      change: { ...moved, stepState: 'ready', dueMs: 0, error, ...planned(command, job) },
      event: { type: 'step.retrying', data: { ...data, inMs: 0 } },
      renumber: step.subject,
    };
  }
  const next = last === undefined ? afterFailure(step, error, step, random) : ({ action: last } as const);
  if (next.action === 'retry') {
    return {
      change: { ...moved, stepState: 'ready', dueMs: next.delayMs, error },
      event: { type: 'step.retrying', data: { ...data, inMs: next.delayMs } },
    };
  }
  const unknown = next.action === 'unknown';
  return {
    change: {
      ...moved,
      stepState: unknown ? 'unknown' : 'failed',
      error,
      ...(unknown &&
        job.rangeId !== null && { rangeId: job.rangeId, node: step.subject, nodeState: 'unknown' as const }),
      ...(idTaken === 'surely' && planned(command, job)),
    },
    event: { type: unknown ? 'step.unknown' : 'step.failed', data },
    failure: {
      code: unknown ? 'step.outcome_unknown' : 'job.steps_failed',
      detail: `${step.kind} of ${step.subject}: ${error.detail}`,
      stepId: moved.stepId,
      facts: { code: error.code, class: error.class, attempts: step.attempt },
    },
  };
}

/**
 * Whether something else has the node's id, so that nothing of the node is there. A VM that the agent may not read could be
 * a clone of ours that was lost on the way: not when this was the only command that ever tried, in one life of its agent.
 */
function isIdTaken({ step, firstOnTarget }: CommandInPlay, { code, facts }: StepError): 'surely' | 'perhaps' | 'no' {
  if (step.kind !== 'vm.clone' || code !== 'vm.id_taken') return 'no';
  const sure = facts?.['seen'] === true || (firstOnTarget && facts?.['resumed'] !== true);
  return sure ? 'surely' : 'perhaps';
}

/** The id of a node that is to be removed surely belongs to something else now: of the node nothing is left. */
function isGoneAlready({ step }: CommandInPlay, { code, facts }: StepError): boolean {
  return step.kind === 'vm.destroy' && code === 'vm.foreign' && facts?.['seen'] === true;
}

function planned(
  { step }: CommandInPlay,
  { rangeId }: { readonly rangeId: string | null },
): Pick<PlayChange, 'rangeId' | 'node' | 'nodeState'> {
  return rangeId === null ? {} : { rangeId, node: step.subject, nodeState: 'planned' };
}

function nodeMove(
  { step }: CommandInPlay,
  { rangeId }: { readonly rangeId: string | null },
  moment: 'started' | 'succeeded',
  result?: Readonly<Record<string, unknown>>,
): Pick<PlayChange, 'rangeId' | 'node' | 'nodeState'> {
  const nodeState = nodeStateAfter(step.kind, moment, result);
  return rangeId === null || nodeState === undefined ? {} : { rangeId, node: step.subject, nodeState };
}

function about({ step }: CommandInPlay): Readonly<Record<string, unknown>> {
  return { kind: step.kind, subject: step.subject, attempt: step.attempt };
}
