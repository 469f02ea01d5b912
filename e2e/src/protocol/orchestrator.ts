import 'reflect-metadata';
import { AgentBus } from '@orion/agent-bus';
import { ORCHESTRATOR_PATTERNS } from '@orion/contracts';
import {
  AdvanceJob,
  FactBatcher,
  OrchestratorMetrics,
  ServeAgents,
  Settings,
  SiteWork,
  Sweep,
} from '@orion/orchestrator';
import { Metrics } from '@orion/runtime';
import { DataSource } from 'typeorm';
import type { ModelDatabase } from './database/database';
import type { Process } from './process';
import type { Listener, Wire } from './wire';

export const INSTALLATION = '00000000-0000-4000-8000-00000000aaaa';
const SETTINGS = new Settings(INSTALLATION, 1_000, 5_000, { eventDays: 0, auditDays: 0 });
const METRICS = new OrchestratorMetrics(new Metrics('orion-model', '0', ''));

export interface ModelOrchestrator extends Listener {
  readonly advance: AdvanceJob;
  readonly sweep: Sweep;
}

/** An orchestrator of the parts of its module, on the modelled database and wire. */
export function startOrchestrator(
  process: Process,
  database: ModelDatabase,
  wire: Wire,
  agents: () => readonly Listener[],
): ModelOrchestrator {
  const parts = new Parts([
    [DataSource, database.sourceFor(process)],
    [AgentBus, new AgentBus(wire.clientFor(process, agents))],
    [Settings, SETTINGS],
    [OrchestratorMetrics, METRICS],
  ]);
  parts.get(SiteWork).onApplicationBootstrap();
  const facts = parts.get(FactBatcher);
  const serveAgents = parts.get(ServeAgents);
  return {
    process,
    advance: parts.get(AdvanceJob),
    sweep: parts.get(Sweep),
    handlers: {
      [ORCHESTRATOR_PATTERNS.register]: (request) => serveAgents.register(request),
      [ORCHESTRATOR_PATTERNS.sequences]: (request) => serveAgents.sequences(request),
      [ORCHESTRATOR_PATTERNS.heartbeat]: (request) => serveAgents.hear(request),
      [ORCHESTRATOR_PATTERNS.event]: async (event) => ({ recorded: await facts.record(event) }),
    },
  };
}

type Part<T> = new (...needs: never[]) => T;

/** Makes each part once, of what its constructor asks for, as Nest does; a container of Nest's takes too long per history. */
class Parts {
  private readonly made: Map<unknown, unknown>;

  constructor(given: readonly (readonly [unknown, unknown])[]) {
    this.made = new Map(given);
  }

  get<T>(part: Part<T>): T {
    const known = this.made.get(part);
    if (known !== undefined) return known as T;
    const needs = (Reflect.getMetadata('design:paramtypes', part) ?? []) as readonly Part<unknown>[];
    const made = new part(...(needs.map((need) => this.get(need)) as never[]));
    this.made.set(part, made);
    return made;
  }
}
