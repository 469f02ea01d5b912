import { randomUUID } from 'node:crypto';

import { listenOnBus, openAgentSide, type BusOptions } from '@orion/agent-bus';
import {
  AGENT_PATTERNS,
  COMMAND_VERSIONS,
  type Cancellation,
  type CancelRequest,
  type CommandAck,
  type CommandEnvelope,
  type CommandEvent,
  type InventoryPage,
} from '@orion/contracts';
import type { StepOutcome } from '@orion/domain';
import { Controller, Inject, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { registerTestResource, waitFor } from '@orion/testing';

/** What the agent does with a command: an outcome at once, or `hold` to say nothing until told. */
export type Script = (command: CommandEnvelope) => StepOutcome | 'hold' | CommandAck;

const AGENT = Symbol('agent');
const SUCCESS: StepOutcome = { status: 'succeeded', result: {} };

/** The other side of the wire: answers commands as its script says, over the real bus. */
export class TestAgent {
  readonly bootId = randomUUID();
  /** Each command once, in the order of arrival. */
  readonly commands: CommandEnvelope[] = [];
  readonly cancelled: Cancellation[] = [];
  /** Times that each command arrived. */
  readonly arrivals = new Map<string, number>();
  generation = 0;
  script: Script = () => SUCCESS;
  private readonly numbers = new Map<string, number>();
  private readonly reporting = new Set<Promise<void>>();
  private heartbeat: NodeJS.Timeout | undefined;

  private constructor(
    private readonly side: ReturnType<typeof openAgentSide>,
    readonly siteId: string,
  ) {}

  static async start(bus: BusOptions, siteId: string): Promise<TestAgent> {
    const side = openAgentSide(bus, siteId);
    const agent = new TestAgent(side, siteId);
    const app = await listenOnBus(
      {
        module: TestAgentModule,
        controllers: [TestAgentController],
        providers: [{ provide: AGENT, useValue: agent }],
      },
      side,
    );
    registerTestResource({
      dispose: async () => {
        clearInterval(agent.heartbeat);
        await app.close();
        await side.close();
        await Promise.all(agent.reporting);
      },
    });
    await agent.register();
    return agent;
  }

  async register(): Promise<void> {
    const reply = await waitFor(() => this.asks({ bootId: this.bootId }));
    if (reply.status !== 'registered') throw new Error(reply.detail);
    this.generation = reply.generation;
    clearInterval(this.heartbeat);
    this.heartbeat = setInterval(() => void this.beat().catch(() => undefined), 1_000);
  }

  /** One request to be registered, as of that boot. */
  asks(as: { readonly bootId: string; readonly replaces?: number; readonly journalId?: string }) {
    return this.side.orchestrator.register({
      ...{ siteId: this.siteId, agentVersion: '0', adapter: 'test', journalBlank: false, journalId: as.bootId },
      commandKinds: KINDS,
      ...as,
    });
  }

  /** Says nothing any more, but stays on the bus. */
  fallSilent(): void {
    clearInterval(this.heartbeat);
  }

  beat(generation = this.generation) {
    return this.side.orchestrator.heartbeat({
      siteId: this.siteId,
      generation,
      bootId: this.bootId,
      running: [],
      freeSlots: 10,
      agentVersion: '0',
      commandKinds: KINDS,
    });
  }

  /** The highest sequence of each target, as an agent without a journal is given them. */
  async sequences(): Promise<ReadonlyMap<string, number>> {
    const { siteId, generation } = this;
    const { sequences } = await this.side.orchestrator.sequences({ siteId, generation });
    return new Map(sequences.map(({ target, sequence }) => [target, sequence]));
  }

  inventory(page: Pick<InventoryPage, 'hosts' | 'storages' | 'vms'> & Partial<InventoryPage>) {
    return this.side.orchestrator.inventory({
      siteId: this.siteId,
      generation: this.generation,
      inventoryId: randomUUID(),
      takenAt: new Date().toISOString(),
      page: 1,
      pages: 1,
      ...page,
    });
  }

  receive(command: CommandEnvelope): CommandAck {
    const seen = this.arrivals.get(command.commandId) ?? 0;
    this.arrivals.set(command.commandId, seen + 1);
    if (seen > 0) return { status: 'known' };
    this.commands.push(command);
    const answer = this.script(command);
    if (answer === 'hold') return { status: 'accepted' };
    if (answer.status === 'accepted' || answer.status === 'known' || answer.status === 'refused') return answer;
    this.report(this.run(command, answer));
    return { status: 'accepted' };
  }

  /** Ends a command that was held. */
  async end(command: CommandEnvelope, outcome: StepOutcome = SUCCESS): Promise<void> {
    await this.tell(command, { type: 'ended', outcome });
  }

  /** One fact, sent once. */
  async send(
    command: Pick<CommandEnvelope, 'commandId'>,
    number: number,
    fact: CommandEvent['fact'],
    generation = this.generation,
  ): Promise<boolean> {
    const { siteId, bootId } = this;
    const event = {
      siteId,
      generation,
      bootId,
      commandId: command.commandId,
      number,
      at: new Date().toISOString(),
      fact,
    };
    return (await this.side.orchestrator.event(event)).recorded;
  }

  of(kind: string): readonly CommandEnvelope[] {
    return this.commands.filter((command) => command.kind === kind);
  }

  private async run(command: CommandEnvelope, outcome: StepOutcome): Promise<void> {
    await this.tell(command, { type: 'started' });
    await this.tell(command, { type: 'ended', outcome });
  }

  private async tell({ commandId }: CommandEnvelope, fact: CommandEvent['fact']): Promise<void> {
    const number = (this.numbers.get(commandId) ?? 0) + 1;
    this.numbers.set(commandId, number);
    await waitFor(() => this.send({ commandId }, number, fact), { timeoutMs: 5_000 });
  }

  private report(work: Promise<void>): void {
    const settled = work.catch(() => undefined);
    this.reporting.add(settled);
    void settled.finally(() => this.reporting.delete(settled));
  }
}

const KINDS = Object.entries(COMMAND_VERSIONS).map(([kind, version]) => `${kind}@${version}`);

@Controller()
class TestAgentController {
  constructor(@Inject(AGENT) private readonly agent: TestAgent) {}

  @MessagePattern(AGENT_PATTERNS.command)
  command(@Payload() command: CommandEnvelope): CommandAck {
    return this.agent.receive(command);
  }

  @MessagePattern(AGENT_PATTERNS.cancel)
  cancel(@Payload() request: CancelRequest): { received: number } {
    this.agent.cancelled.push(...request.cancellations);
    return { received: request.cancellations.length };
  }
}

@Module({})
class TestAgentModule {}
