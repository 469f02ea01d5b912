import { BusError } from '@orion/agent-bus';
import type { Scheduler } from 'fast-check';
import { Chance } from './chance';
import { startAgent, type AgentWorld, type Disk, type ModelAgent } from './agent';
import { ModelDatabase } from './database/database';
import { ModelCluster, type Beginning } from './hypervisor';
import { startOrchestrator, type ModelOrchestrator } from './orchestrator';
import { Process } from './process';
import { Wire, type Listener } from './wire';

/** Guards that a negative control switches off in the model. */
export interface Guards {
  /** False: rows are changed whoever has locked them. */
  readonly rowLocks: boolean;
  /** False: each delivery of a command carries a sequence that was never seen. */
  readonly sequences: boolean;
  /** False: what an agent journals is gone with its process, which does not know it. */
  readonly journal: boolean;
}
export const ALL_GUARDS: Guards = { rowLocks: true, sequences: true, journal: true };

export const SITE = '00000000-0000-4000-8000-00000000bbbb';

/** Two orchestrators, the agents of one site, a database, a bus and a cluster, all on one scheduler. */
export class World {
  readonly chance: Chance;
  readonly database: ModelDatabase;
  readonly cluster: ModelCluster;
  readonly wire: Wire;
  readonly orchestrators: ModelOrchestrator[] = [];
  readonly agents: ModelAgent[] = [];
  /** What must not happen and did, in words. */
  readonly violations: string[] = [];
  journalsLost = 0;
  /** True once so much time has passed that steps may have run into their time-outs. */
  timedOut = false;
  private readonly processes: Process[] = [];
  private readonly fences = new Map<string, number>();
  private inflated = 1_000_000;

  private constructor(
    readonly scheduler: Scheduler,
    seed: number,
    readonly guards: Guards,
  ) {
    this.chance = new Chance(seed);
    this.database = new ModelDatabase(guards);
    const between = (label: string) => scheduler.schedule(Promise.resolve(), label);
    this.cluster = new ModelCluster(this.chance, between, (beginning) => this.begins(beginning));
    this.wire = new Wire(this.chance, between);
  }

  static async start(scheduler: Scheduler, seed: number, guards: Guards): Promise<World> {
    const world = new World(scheduler, seed, guards);
    world.wire.calm = true;
    world.startOrchestrator(0);
    world.startOrchestrator(1);
    await world.startAgent({ records: [] });
    await world.settle();
    world.wire.calm = false;
    return world;
  }

  startOrchestrator(index: number): void {
    const process = this.spawn(`orchestrator ${index}`);
    this.orchestrators[index] = startOrchestrator(process, this.database, this.wire, () => this.listeningAgents());
  }

  killOrchestrator(index: number): void {
    const { process } = this.orchestrators[index] as ModelOrchestrator;
    process.kill();
    this.startOrchestrator(index);
  }

  /** Frozen for longer than the database lets a transaction wait. */
  freeze(index: number): void {
    const { process } = this.orchestrators[index] as ModelOrchestrator;
    process.freeze();
    this.database.sever(process);
  }

  beat(): void {
    for (const agent of this.agents) if (!agent.process.dead) agent.beat().catch(() => undefined);
  }

  async startAgent(disk: Disk): Promise<void> {
    const process = this.spawn(`agent ${this.agents.length}`);
    const world: AgentWorld = {
      siteId: SITE,
      wire: this.wire,
      cluster: this.cluster,
      clock: { now: () => new Date(this.database.now) },
      orchestrators: () => this.orchestrators,
      onRegistered: (successor, generation) => this.registers(successor, generation),
      onFence: (target, sequence) => {
        this.fences.set(target, Math.max(sequence, this.fences.get(target) ?? 0));
      },
    };
    this.agents.push(await startAgent(process, disk, world));
  }

  /** Kills the agent that was started last, and starts it on what is left of its journal. */
  async restartAgent(journal: 'kept' | 'lost'): Promise<void> {
    const { process, disk } = this.agents.at(-1) as ModelAgent;
    process.kill();
    if (journal === 'lost') {
      this.journalsLost += 1;
      return this.startAgent({ records: [] });
    }
    const kept = this.guards.journal ? disk.records : disk.records.filter(({ type }) => type === 'caught-up');
    return this.startAgent({ records: kept });
  }

  /** Runs tasks in the order that the scheduler chooses, at most so many; answers whether any are left. */
  async run(steps: number): Promise<boolean> {
    for (let step = 0; step < steps && this.scheduler.count() > 0; step++) {
      await this.scheduler.waitNext(1);
      await microtasks();
      this.wire.passTurn(this.scheduler.count() === 0);
      if (this.scheduler.count() === 0) await microtasks();
    }
    return this.scheduler.count() > 0;
  }

  async settle(): Promise<void> {
    while (await this.run(4_000)) if (this.agents.every(({ process }) => process.dead)) return;
  }

  /** Ends what hangs of a judged history. */
  async bury(): Promise<void> {
    for (const process of this.processes) process.bury();
    await microtasks();
  }

  private spawn(name: string): Process {
    const process = new Process(name, this.scheduler);
    this.processes.push(process);
    return process;
  }

  /** A second agent at the site, beside the first, with a journal of its own. */
  startSecondAgent(): Promise<void> {
    this.journalsLost += 1;
    return this.startAgent({ records: [] });
  }

  /**
   * Whoever is replaced is told before its successor is. In truth it may go on until its next heartbeat, two seconds: the
   * model assumes that nobody starts an agent beside a living one and has it act within that time.
   */
  private registers(successor: Process, generation: number): void {
    if ((this.database.tables.agent.rows.get(SITE)?.generation ?? 0) > generation)
      throw new BusError('timeout', 'It was replaced before it heard of its registration.');
    for (const { process, registration, replacedBy } of this.agents) {
      const serving = process !== successor && !process.dead && registration.generation > 0;
      if (serving && registration.generation < generation) replacedBy(generation);
    }
  }

  /** With the sequences off, agents see each delivery as the newest. */
  private listeningAgents(): readonly Listener[] {
    if (this.guards.sequences) return this.agents;
    return this.agents.map((agent) => {
      const handlers = Object.entries(agent.handlers).map(([pattern, handle]) => {
        const inflated = (body: object) => (handle as (body: object) => Promise<unknown>)(this.inflate(body));
        return [pattern, inflated] as const;
      });
      return { process: agent.process, handlers: Object.fromEntries(handlers) };
    });
  }

  private inflate(body: object): object {
    return 'sequence' in body ? { ...body, sequence: (this.inflated += 1) } : body;
  }

  private begins({ commandId, vmId, agent: by }: Beginning): void {
    const target = `vm:${vmId}`;
    const command = this.database.tables.command.rows.get(commandId);
    const own = this.agents.find(({ process }) => process === by);
    const fence = this.guards.sequences ? (this.fences.get(target) ?? 0) : this.latestOf(target);
    if (command === undefined || own === undefined) {
      this.violations.push(`An effect on ${target} begins without a command.`);
      return;
    }
    const { sequence, envelope } = command;
    if (sequence < fence) {
      this.violations.push(`${envelope.kind} ${sequence} on ${target} begins after ${fence} was acknowledged.`);
    }
    const successor = this.agents.find(({ registration: { generation, state } }) => {
      return state === 'active' && generation > own.registration.generation;
    });
    if (successor !== undefined) {
      const generations = `${own.registration.generation} after ${successor.registration.generation}`;
      this.violations.push(`${envelope.kind} on ${target} begins at an agent of generation ${generations} is active.`);
    }
  }

  private latestOf(target: string): number {
    const ended = [...this.database.tables.command.rows.values()].filter((row) => row.target === target);
    return Math.max(0, ...ended.filter(({ state }) => state !== 'pending').map(({ sequence }) => sequence));
  }
}

/** Lets everything run that waits for nothing outside its process. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
