import { isKnownCommand, type CommandAck, type CommandEnvelope } from '@orion/contracts';
import type { ErrorCode, StepOutcome } from '@orion/domain';
import type { AgentState } from '../site/registration';

/** What the agent knows when a command comes in. */
export interface Knowledge {
  readonly state: AgentState;
  readonly generation: number;
  /** What the journal holds under the command's id. */
  readonly known: { readonly outcome?: StepOutcome } | undefined;
  /** The highest sequence that was seen for the command's target; 0 when there was none. */
  readonly highestSequence: number;
  readonly now: Date;
}

/** The answer to a command that the agent does not take on; undefined for one that it may. */
export function judgeCommand(command: CommandEnvelope, knowledge: Knowledge): CommandAck | undefined {
  return refusalOf(command, knowledge) ?? repetitionOf(knowledge) ?? overtakenOf(command, knowledge);
}

export function refuse(code: ErrorCode, detail: string): CommandAck {
  return { status: 'refused', code, detail };
}

function refusalOf(command: CommandEnvelope, { state, generation: own }: Knowledge): CommandAck | undefined {
  const { generation, kind, version } = command;
  if (state === 'catching-up') return refuse('agent.resyncing', 'The agent fetches the sequences of its site first.');
  if (state !== 'active' || generation !== own) {
    return refuse('agent.generation_mismatch', `This agent is ${state} with generation ${own}, not ${generation}.`);
  }
  if (!isKnownCommand(kind, version)) {
    return refuse('command.kind_unknown', `This agent does not know ${String(kind)} in version ${version}.`);
  }
  return undefined;
}

function repetitionOf({ known }: Knowledge): CommandAck | undefined {
  if (known === undefined) return undefined;
  return known.outcome === undefined ? { status: 'known' } : { status: 'known', outcome: known.outcome };
}

function overtakenOf(
  { target, sequence, expiresAt }: CommandEnvelope,
  { highestSequence, now }: Knowledge,
): CommandAck | undefined {
  if (sequence <= highestSequence) {
    const seen = `${target} has seen sequence ${highestSequence}`;
    return refuse('command.stale_sequence', `${seen}; this command carries ${sequence}.`);
  }
  if (now.getTime() > Date.parse(expiresAt)) {
    return refuse('command.expired', `The command should have begun before ${expiresAt}.`);
  }
  return undefined;
}
