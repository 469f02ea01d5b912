import { Controller, Inject, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { listenOnBus, openOrchestratorSide, type BusOptions } from '@orion/agent-bus';
import {
  ORCHESTRATOR_PATTERNS,
  type Cancellation,
  type CommandAck,
  type CommandEnvelope,
  type CommandEvent,
  type CommandEventReply,
  type Heartbeat,
  type HeartbeatReply,
  type InventoryPage,
  type InventoryReply,
  type RegisterReply,
  type RegisterRequest,
  type SequencesReply,
  type SequencesRequest,
} from '@orion/contracts';
import type { StepOutcome } from '@orion/domain';
import { registerTestResource, waitFor } from '@orion/testing';

const ORCHESTRATOR = Symbol('orchestrator');
const NEVER = new Promise<never>(() => undefined);

const noSequences = (): SequencesReply => ({ sequences: [], complete: true });

/** The other side of the wire: keeps all that an agent says, and answers as the test wants it. */
export class RecordingOrchestrator {
  readonly registrations: RegisterRequest[] = [];
  readonly heartbeats: Heartbeat[] = [];
  /** Every arrival, repetitions included. */
  readonly events: CommandEvent[] = [];
  readonly pages: InventoryPage[] = [];
  readonly sequenceRequests: SequencesRequest[] = [];
  /** Each registration raises it, as that of a real site. */
  generation = 0;
  /** Whether the site exists, and its agent is remembered; what an agent that is not remembered says counts for nothing. */
  admits = true;
  remembers = true;
  /** Told with the next answers to heartbeats. */
  cancellations: readonly Cancellation[] = [];
  /** How many heartbeats from now on are heard and not answered. */
  silentBeats = 0;
  sequences: (request: SequencesRequest) => Promise<SequencesReply> | SequencesReply = noSequences;
  /** Whether the answer to a fact gets lost on its way. */
  losesReplyTo: (event: CommandEvent) => boolean = () => false;

  private constructor(private readonly side: ReturnType<typeof openOrchestratorSide>) {}

  static async start(options: BusOptions): Promise<RecordingOrchestrator> {
    // Patient: a command that an agent takes late on a busy machine is not what is on trial.
    const side = openOrchestratorSide({ requestTimeoutMs: 5_000, ...options, closeTimeoutMs: 200 });
    const orchestrator = new RecordingOrchestrator(side);
    const app = await listenOnBus(
      {
        module: RecordingModule,
        controllers: [RecordingController],
        providers: [{ provide: ORCHESTRATOR, useValue: orchestrator }],
      },
      side,
    );
    registerTestResource({
      dispose: async () => {
        await app.close();
        await side.close();
      },
    });
    return orchestrator;
  }

  /** Answers everything at once again, and asks for nothing. */
  behave(): void {
    this.admits = true;
    this.remembers = true;
    this.cancellations = [];
    this.silentBeats = 0;
    this.sequences = noSequences;
    this.losesReplyTo = () => false;
  }

  command(command: CommandEnvelope): Promise<CommandAck> {
    return this.side.agents.command(command);
  }

  cancel(siteId: string, cancellations: readonly Cancellation[], generation = this.generation) {
    return this.side.agents.cancel({ siteId, generation, cancellations });
  }

  /** The facts of a command, each once, by their number. */
  facts(commandId: string): readonly CommandEvent['fact'][] {
    const numbered = new Map(this.eventsOf(commandId).map(({ number, fact }) => [number, fact]));
    return [...numbered.entries()].sort(([one], [other]) => one - other).map(([, fact]) => fact);
  }

  eventsOf(commandId: string): readonly CommandEvent[] {
    return this.events.filter((event) => event.commandId === commandId);
  }

  /** Waits for the task of a command, and answers its name. */
  taskOf({ commandId }: Pick<CommandEnvelope, 'commandId'>): Promise<string> {
    return waitFor(() => this.facts(commandId).flatMap((fact) => (fact.type === 'task' ? fact.handle : []))[0], {
      describe: `the task of command ${commandId}`,
    });
  }

  outcomeOf({ commandId }: Pick<CommandEnvelope, 'commandId'>): Promise<StepOutcome> {
    return waitFor(() => this.facts(commandId).flatMap((fact) => (fact.type === 'ended' ? fact.outcome : []))[0], {
      describe: `the end of command ${commandId}`,
      timeoutMs: 15_000,
    });
  }
}

@Controller()
class RecordingController {
  constructor(@Inject(ORCHESTRATOR) private readonly orchestrator: RecordingOrchestrator) {}

  @MessagePattern(ORCHESTRATOR_PATTERNS.register)
  register(@Payload() request: RegisterRequest): RegisterReply {
    this.orchestrator.registrations.push(request);
    if (!this.orchestrator.admits) return { status: 'refused', code: 'resource.not_found', detail: 'No such site.' };
    this.orchestrator.remembers = true;
    this.orchestrator.generation += 1;
    return { status: 'registered', generation: this.orchestrator.generation, installation: 'lab', actAfterMs: 0 };
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.sequences)
  async sequences(@Payload() request: SequencesRequest): Promise<SequencesReply> {
    this.orchestrator.sequenceRequests.push(request);
    return this.orchestrator.sequences(request);
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.heartbeat)
  async heartbeat(@Payload() heartbeat: Heartbeat): Promise<HeartbeatReply> {
    const { heartbeats, generation, remembers, cancellations } = this.orchestrator;
    heartbeats.push(heartbeat);
    if (this.orchestrator.silentBeats-- > 0) return NEVER;
    return { generation, registered: remembers, cancellations };
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.event)
  async event(@Payload() event: CommandEvent): Promise<CommandEventReply> {
    this.orchestrator.events.push(event);
    return this.orchestrator.losesReplyTo(event) ? NEVER : { recorded: true };
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.inventory)
  inventory(@Payload() page: InventoryPage): InventoryReply {
    this.orchestrator.pages.push(page);
    return { received: true };
  }
}

@Module({})
class RecordingModule {}
