import { setTimeout as delay } from 'node:timers/promises';
import type { OrchestratorBus } from '@orion/agent-bus';
import { backoffMs, logger } from '@orion/runtime';
import type { Journal } from '../journal/journal';
import type { Registration } from '../site/registration';

const log = logger('fact-sender');
const BACKOFF = { initialMs: 50, maxMs: 2_000 };
/** How long a fact waits for a later one that is told in its place, milliseconds. */
const GATHERING_MS = 50;

interface Sending {
  readonly done: Promise<void>;
  /** Aborted when the command has ended: nothing later is to come. */
  readonly complete: AbortController;
}

/**
 * Tells the last fact of each command, which implies those before it, until an orchestrator has recorded it. A command
 * that ends at once costs one message, and a long one two.
 */
export class FactSender {
  private readonly sending = new Map<string, Sending>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly journal: Journal,
    private readonly orchestrator: OrchestratorBus,
    private readonly registration: Registration,
    private readonly wait: typeof delay = delay,
  ) {}

  /** Sees to it that the facts of a command get out. Does not wait for it. */
  send(commandId: string): void {
    const current = this.sending.get(commandId);
    if (current !== undefined) {
      if (this.journal.find(commandId)?.outcome !== undefined) current.complete.abort();
      return;
    }
    const complete = new AbortController();
    const done = this.sendAll(commandId, complete.signal).finally(() => {
      this.sending.delete(commandId);
      // One that was journaled while the last one was being recorded.
      if (!this.silent && (this.journal.find(commandId)?.facts.length ?? 0) > 0) this.send(commandId);
    });
    this.sending.set(commandId, { done, complete });
  }

  /** What has not been recorded stays in the journal. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all([...this.sending.values()].map(({ done }) => done));
  }

  /** A superseded agent is not listened to any more; what it knows stays in its journal. */
  private get silent(): boolean {
    return this.stopped.signal.aborted || this.registration.state === 'superseded';
  }

  private async sendAll(commandId: string, complete: AbortSignal): Promise<void> {
    const { signal } = this.stopped;
    for (let attempt = 1; !this.silent;) {
      if (this.journal.find(commandId)?.outcome === undefined) {
        await this.wait(GATHERING_MS, undefined, { signal: AbortSignal.any([signal, complete]) }).catch(
          () => undefined,
        );
      }
      const known = this.journal.find(commandId);
      const last = known?.facts.at(-1);
      if (this.silent || known === undefined || last === undefined) return;
      if (await this.deliver(known.command.traceparent, commandId, last)) {
        attempt = 1;
        continue;
      }
      await this.wait(backoffMs(BACKOFF, attempt++, Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }

  private async deliver(
    traceparent: string | undefined,
    commandId: string,
    fact: { readonly number: number; readonly at: string; readonly fact: Parameters<Journal['fact']>[1] },
  ): Promise<boolean> {
    const { siteId, bootId, generation } = this.registration;
    try {
      const event = {
        siteId,
        bootId,
        generation,
        commandId,
        ...fact,
        ...(traceparent !== undefined && { traceparent }),
      };
      if (!(await this.orchestrator.event(event)).recorded) return false;
      // Told again when this cannot be written: recording it twice changes nothing.
      await this.journal.recorded(commandId, fact.number);
      return true;
    } catch (error) {
      log.debug('Repeating fact', { commandId, err: error });
      return false;
    }
  }
}
