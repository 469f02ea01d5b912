import { type setTimeout as delay } from 'node:timers/promises';
import { OrchestratorBus } from '@orion/agent-bus';
import { AGENT_PATTERNS, type CancelRequest, type CommandAck, type CommandEnvelope } from '@orion/contracts';
import type { Hypervisor } from '@orion/hypervisor';
import {
  beatOnce,
  CommandDesk,
  CommandRunner,
  FactSender,
  Journal,
  Lease,
  Registration,
  type JournalRecord,
  type RecordStore,
} from '@orion/hypervisor-agent';
import type { Clock } from '@orion/runtime';
import { ModelHypervisor, type ModelCluster } from './hypervisor';
import type { Process } from './process';
import type { Listener, Wire } from './wire';

/** What survives of an agent: the records that reached its disk. */
export interface Disk {
  records: JournalRecord[];
}

export interface ModelAgent extends Listener {
  readonly disk: Disk;
  readonly registration: Registration;
  beat(): Promise<void>;
  /** It is told that another one serves the site. */
  replacedBy(generation: number): void;
}

export interface AgentWorld {
  readonly siteId: string;
  readonly wire: Wire;
  readonly cluster: ModelCluster;
  readonly clock: Clock;
  readonly orchestrators: () => readonly Listener[];
  /** Told that an agent is about to learn its generation; throws when it is not to. */
  readonly onRegistered: (process: Process, generation: number) => void;
  /** Told what an agent has acknowledged: nothing below this sequence may begin on the target from now on. */
  readonly onFence: (target: string, sequence: number) => void;
}

/** An agent as its service puts it together, on the modelled disk, wire and cluster. */
export async function startAgent(process: Process, disk: Disk, world: AgentWorld): Promise<ModelAgent> {
  const { siteId, wire, cluster, clock } = world;
  const client = wire.clientFor(process, world.orchestrators);
  const orchestrator = new OrchestratorBus({
    request: async (pattern, body) => {
      const reply = await client.request(pattern, body);
      if ('status' in reply && reply.status === 'registered') world.onRegistered(process, reply.generation);
      return reply;
    },
  });
  const journal = await Journal.over(new ModelLog(process, disk), disk.records);
  const wait = pauses(process);
  // The model knows no time that passes: its leases never end.
  const lease = new Lease(() => 0);
  const registration = new Registration(siteId, '0', journal, orchestrator, wait, lease);
  const facts = new FactSender(journal, orchestrator, registration, wait);
  const hypervisor = new ModelHypervisor(cluster, process) as unknown as Hypervisor;
  const runner = new CommandRunner({
    ...{ journal, facts, clock, lease, slots: 4 },
    hypervisor: () => hypervisor,
    onChange: () => undefined,
    reportSite: () => Promise.reject(new Error('The model takes no inventory.')),
  });
  const desk = new CommandDesk(journal, registration, runner, clock);

  const stopped = new AbortController();
  const serving = registration.register(stopped.signal).then(() => {
    runner.resume();
    for (const { command } of journal.withUnrecordedFacts()) facts.send(command.commandId);
  });
  serving.catch(() => undefined);
  const options = { registration, orchestrator, desk, runner, agentVersion: '0', hypervisor: () => ({}) };
  return {
    process,
    disk,
    registration,
    beat: () => beatOnce(options, stopped.signal),
    replacedBy: (generation) => {
      registration.supersede(generation);
      runner.halt();
    },
    handlers: {
      [AGENT_PATTERNS.command]: async (command: CommandEnvelope): Promise<CommandAck> => {
        const ack = await desk.receive(command);
        if (ack.status === 'accepted') world.onFence(command.target, command.sequence);
        return ack;
      },
      [AGENT_PATTERNS.cancel]: async ({ generation, cancellations }: CancelRequest) => {
        if (generation !== registration.generation) return { received: 0 };
        await desk.cancel(cancellations);
        for (const { target, sequence } of cancellations) world.onFence(target, sequence);
        return { received: cancellations.length };
      },
    },
  };
}

/** A file whose records are on disk when the scheduler says so; those of a killed process may be there or not. */
class ModelLog implements RecordStore<JournalRecord> {
  private tail = Promise.resolve();

  constructor(
    private readonly process: Process,
    private readonly disk: Disk,
  ) {}

  append(...records: readonly JournalRecord[]): Promise<void> {
    this.tail = this.tail.then(async () => {
      await this.process.point('write');
      this.disk.records = [...this.disk.records, ...records];
      await this.process.point('written');
    });
    return this.tail;
  }

  rewrite(records: readonly JournalRecord[]): Promise<void> {
    this.disk.records = [...records];
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.tail;
  }
}

/** Pauses take as long as the scheduler likes, or end with their signal. */
function pauses(process: Process): typeof delay {
  const wait = async (_ms?: number, _value?: unknown, options?: { readonly signal?: AbortSignal }): Promise<void> => {
    await process.point('pause');
    options?.signal?.throwIfAborted();
  };
  return wait as typeof delay;
}
