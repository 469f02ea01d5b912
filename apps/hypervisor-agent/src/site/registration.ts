import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OrchestratorBus } from '@orion/agent-bus';
import { COMMAND_VERSIONS, commandKindAtVersion, type CommandKind } from '@orion/contracts';
import { logger, monotonicMs } from '@orion/runtime';
import type { Journal } from '../journal/journal';
import { Lease } from './lease';

const log = logger('registration');
const PAUSE_MS = 500;

/** `vm.clone@1`, ... as this release speaks them. */
export const COMMAND_KINDS: readonly string[] = Object.entries(COMMAND_VERSIONS).map(([kind, version]) =>
  commandKindAtVersion(kind as CommandKind, version),
);

/**
 * `unregistered`: nobody has answered yet. `catching-up`: the journal is blank, sequences are on their way.
 * `active`: acts. `superseded`: another agent serves the site now; this one must not act any more.
 */
export type AgentState = 'unregistered' | 'catching-up' | 'active' | 'superseded';

/** The agent's place at its site: its generation, and whether it may act. */
export class Registration {
  readonly bootId = randomUUID();
  generation = 0;
  installation = '';
  state: AgentState = 'unregistered';

  constructor(
    readonly siteId: string,
    private readonly agentVersion: string,
    private readonly journal: Journal,
    private readonly orchestrator: OrchestratorBus,
    private readonly wait: typeof delay = delay,
    readonly lease: Lease = new Lease(),
  ) {}

  /** Registers, and fetches the sequences of the site when the journal is blank. Repeats until it is done. */
  async register(signal: AbortSignal): Promise<void> {
    const { siteId, bootId, agentVersion } = this;
    let replaces = this.generation;
    for (;;) {
      signal.throwIfAborted();
      try {
        const { blank: journalBlank, id: journalId } = this.journal;
        const sentAt = monotonicMs();
        const reply = await this.orchestrator.register({
          ...{ siteId, bootId, agentVersion, journalBlank, journalId, replaces },
          commandKinds: COMMAND_KINDS,
          adapter: 'proxmox',
        });
        if (reply.status === 'refused') {
          // Learned from the answer, so that a request which is answered late replaces nobody who came after it.
          const known = reply.generation !== undefined && reply.generation !== replaces;
          replaces = reply.generation ?? replaces;
          if (known) continue;
          throw new Error(reply.detail);
        }
        this.generation = reply.generation;
        this.installation = reply.installation;
        this.lease.begin(sentAt, reply.actAfterMs);
        this.state = 'catching-up';
        if (journalBlank) await this.catchUp(signal);
        this.state = 'active';
        log.info('Serving site', { siteId, generation: this.generation });
        return;
      } catch (error) {
        signal.throwIfAborted();
        log.warn('Registering again', { siteId, err: error });
        await this.wait(PAUSE_MS, undefined, { signal });
      }
    }
  }

  /** Another agent has taken over; there is no way back but a restart. */
  supersede(generation: number): void {
    if (this.state === 'superseded') return;
    this.state = 'superseded';
    log.error('Another agent serves this site now; this one stops acting', { siteId: this.siteId, generation });
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const { siteId, generation } = this;
    for (let after: string | undefined; ;) {
      signal.throwIfAborted();
      const page = await this.orchestrator.sequences({ siteId, generation, ...(after !== undefined && { after }) });
      await this.journal.raise(page.sequences.map(({ target, sequence }) => [target, sequence] as const));
      after = page.sequences.at(-1)?.target ?? after;
      if (page.complete) break;
    }
    await this.journal.markCaughtUp();
  }
}
