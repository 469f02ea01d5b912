import type { Cancellation, CommandAck, CommandEnvelope } from '@orion/contracts';
import { logger, type Clock } from '@orion/runtime';
import type { Journal } from '../journal/journal';
import type { Registration } from '../site/registration';
import type { CommandRunner } from './command-runner';
import { judgeCommand, refuse } from './judge-command';

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
    const { state, generation } = this.registration;
    const answer = judgeCommand(command, {
      ...{ state, generation },
      known: this.journal.find(command.commandId),
      highestSequence: this.journal.sequenceOf(command.target),
      now: this.clock.now(),
    });
    if (answer) return Promise.resolve(answer);
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
