import { Injectable } from '@nestjs/common';
import { AgentBus, BusError } from '@orion/agent-bus';
import type { CommandAck, CommandEnvelope } from '@orion/contracts';
import { ERRORS, type ErrorClass, type ErrorCode, type StepOutcome } from '@orion/domain';
import { CommandStore } from '@orion/persistence';
import { logger, withLogContext, withRemoteParent } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { RecordFacts, type FactToRecord } from '../facts/record-facts.use-case';
import { OrchestratorMetrics } from '../metrics';

const log = logger('send-commands');

/** Commands on the wire at once. */
const PARALLEL = 32;
/** Refusals after which the same command may be taken later. */
const LATER: ReadonlySet<ErrorCode> = new Set([
  'agent.resyncing',
  'agent.generation_mismatch',
  'agent.journal_unwritable',
  'service.unavailable',
  'service.overloaded',
]);

/**
 * Sends stored commands and records what their agents say. One that is not answered stays pending: the sweep sends it
 * again under the same id.
 */
@Injectable()
export class SendCommands {
  constructor(
    private readonly source: DataSource,
    private readonly bus: AgentBus,
    private readonly recordFacts: RecordFacts,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  async execute(commands: readonly CommandEnvelope[]): Promise<void> {
    const queue = [...commands];
    const acknowledged: string[] = [];
    const outcomes: FactToRecord[] = [];
    const sendNext = async (): Promise<void> => {
      for (let command = queue.shift(); command !== undefined; command = queue.shift()) {
        const { commandId } = command;
        const ack = await this.send(command);
        if (ack === undefined) continue;
        const outcome = outcomeOf(ack);
        if (outcome !== undefined) outcomes.push({ commandId, number: 0, fact: { type: 'ended', outcome } });
        else if (ack.status !== 'refused') acknowledged.push(commandId);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, queue.length) }, sendNext));
    if (acknowledged.length > 0) await CommandStore.acknowledge(this.source, acknowledged);
    if (outcomes.length > 0) await this.recordFacts.execute(outcomes);
  }

  private send(command: CommandEnvelope): Promise<CommandAck | undefined> {
    const { commandId, jobId, stepId, rangeId, traceparent } = command;
    const about = { commandId, jobId, stepId, ...(rangeId !== undefined && { rangeId }) };
    return withLogContext(about, () =>
      traceparent === undefined ? this.exchange(command) : withRemoteParent(traceparent, () => this.exchange(command)),
    );
  }

  private async exchange(command: CommandEnvelope): Promise<CommandAck | undefined> {
    try {
      const ack = await this.bus.command(command);
      this.metrics.commands.inc({ outcome: ack.status });
      if (ack.status === 'refused') log.info('Agent refuses command', { code: ack.code, detail: ack.detail });
      return ack;
    } catch (error) {
      this.metrics.commands.inc({ outcome: 'unanswered' });
      const failure = error instanceof BusError ? error.failure : undefined;
      log.debug('Leaving command to be sent again', { failure, err: error });
      return undefined;
    }
  }
}

/** What an acknowledgement says of the outcome; undefined: nothing yet. */
function outcomeOf(ack: CommandAck): StepOutcome | undefined {
  if (ack.status === 'known') return ack.outcome;
  if (ack.status !== 'refused' || LATER.has(ack.code)) return undefined;
  return { status: 'failed', error: { code: ack.code, class: refusalClass(ack.code), detail: ack.detail } };
}

/** A fresh attempt has a higher sequence and a later expiry, so that it may be taken where this one was not. */
function refusalClass(code: ErrorCode): ErrorClass {
  if (code === 'command.stale_sequence' || code === 'command.expired') return 'retryable';
  return ERRORS[code].retry === 'never' ? 'permanent' : 'retryable';
}
