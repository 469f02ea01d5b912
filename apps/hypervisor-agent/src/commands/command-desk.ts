import type { Cancellation, CommandAck, CommandEnvelope } from '@orion/contracts';
import type { ErrorCode } from '@orion/domain';
import { logger, type Clock } from '@orion/runtime';
import type { Journal } from '../journal/journal';
import { COMMAND_KINDS, type Registration } from '../site/registration';
import type { CommandRunner } from './command-runner';

const log = logger('command-desk');

/**
 * Decides what becomes of a command that comes in. Refuses what has been overtaken; answers what is known from the
 * journal; owns the rest from the moment in which the journal holds it.
 */
export class CommandDesk {
  private readonly accepting = new Map<string, Promise<CommandAck>>();

  constructor(
    private readonly journal: Journal,
    private readonly registration: Registration,
    private readonly runner: CommandRunner,
    private readonly clock: Clock,
  ) {}

  receive(command: CommandEnvelope): Promise<CommandAck> {
    const underWay = this.accepting.get(command.commandId);
    if (underWay) return underWay;
    const refusal = this.refusalOf(command);
    if (refusal) return Promise.resolve(refusal);
    const known = this.journal.find(command.commandId);
    if (known) {
      return Promise.resolve(
        known.outcome === undefined ? { status: 'known' } : { status: 'known', outcome: known.outcome },
      );
    }
    const overtaken = this.overtakenOf(command);
    if (overtaken) return Promise.resolve(overtaken);
    const accepted = this.accept(command).finally(() => this.accepting.delete(command.commandId));
    this.accepting.set(command.commandId, accepted);
    return accepted;
  }

  /** Fences the targets first, so that what comes late finds them closed, then ends what runs. May be repeated. */
  async cancel(cancellations: readonly Cancellation[]): Promise<void> {
    try {
      await this.journal.raise(cancellations.map(({ target, sequence }) => [target, sequence] as const));
    } finally {
      // Also when the fence could not be written: it is not acknowledged then, and what runs should end all the same.
      for (const { commandId } of cancellations) this.runner.cancel(commandId);
    }
  }

  private refusalOf({ generation, kind, version }: CommandEnvelope): CommandAck | undefined {
    const { state, generation: own } = this.registration;
    if (state === 'catching-up') return refuse('agent.resyncing', 'The agent fetches the sequences of its site first.');
    if (state !== 'active' || generation !== own) {
      return refuse('agent.generation_mismatch', `This agent is ${state} with generation ${own}, not ${generation}.`);
    }
    if (!COMMAND_KINDS.includes(`${kind}@${version}`)) {
      return refuse('command.kind_unknown', `This agent does not know ${kind} in version ${version}.`);
    }
    return undefined;
  }

  private overtakenOf({ target, sequence, expiresAt }: CommandEnvelope): CommandAck | undefined {
    const highest = this.journal.sequenceOf(target);
    if (sequence <= highest) {
      return refuse(
        'command.stale_sequence',
        `${target} has seen sequence ${highest}; this command carries ${sequence}.`,
      );
    }
    if (this.clock.now().getTime() > Date.parse(expiresAt)) {
      return refuse('command.expired', `The command should have begun before ${expiresAt}.`);
    }
    return undefined;
  }

  private async accept(command: CommandEnvelope): Promise<CommandAck> {
    try {
      await this.journal.accept(command);
    } catch (error) {
      log.error('Refusing command: the journal cannot be written', { commandId: command.commandId, err: error });
      return refuse('agent.journal_unwritable', 'The journal of the agent cannot be written.');
    }
    this.runner.start(command);
    return { status: 'accepted' };
  }
}

function refuse(code: ErrorCode, detail: string): CommandAck {
  return { status: 'refused', code, detail };
}
