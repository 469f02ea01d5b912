import { Controller, Inject, Module, type DynamicModule, type INestMicroservice } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  AGENT_PATTERNS,
  ORCHESTRATOR_PATTERNS,
  type CommandAck,
  type CommandEnvelope,
  type CommandEvent,
  type CommandEventReply,
} from '@orion/contracts';
import { registerTestResource } from '@orion/testing';
import type { BusOptions } from './bus-options';
import { listenOnBus } from './listen-on-bus';
import { openAgentSide, openOrchestratorSide, type BusSide } from './open-bus';

export const SITE = 'site-a';

/** What the handlers of a test answer; replaced as the test needs. */
export interface Behaviour {
  command(command: CommandEnvelope): Promise<CommandAck>;
  event(event: CommandEvent): Promise<CommandEventReply>;
}
const BEHAVIOUR = Symbol('behaviour');

@Controller()
class AgentController {
  constructor(@Inject(BEHAVIOUR) private readonly behaviour: Behaviour) {}

  @MessagePattern(AGENT_PATTERNS.command)
  command(@Payload() command: CommandEnvelope) {
    return this.behaviour.command(command);
  }
}

@Controller()
class OrchestratorController {
  constructor(@Inject(BEHAVIOUR) private readonly behaviour: Behaviour) {}

  @MessagePattern(ORCHESTRATOR_PATTERNS.event)
  event(@Payload() event: CommandEvent) {
    return this.behaviour.event(event);
  }
}

@Module({})
class EmptyModule {}

function moduleOf(controller: typeof AgentController | typeof OrchestratorController, behaviour: Behaviour) {
  const module: DynamicModule = {
    module: EmptyModule,
    controllers: [controller],
    providers: [{ provide: BEHAVIOUR, useValue: behaviour }],
  };
  return module;
}

export function aBehaviour(changes: Partial<Behaviour> = {}): Behaviour {
  return {
    command: () => Promise.resolve({ status: 'accepted' }),
    event: () => Promise.resolve({ recorded: true }),
    ...changes,
  };
}

/** An agent's side that listens; closed with the test file at the latest. */
export async function anAgent(options: BusOptions, behaviour: Behaviour, siteId = SITE) {
  const side = openAgentSide(options, siteId);
  return { ...side, ...endsWithFile(side, await listenOnBus(moduleOf(AgentController, behaviour), side)) };
}

/** An orchestrator's side that listens; closed with the test file at the latest. */
export async function anOrchestrator(options: BusOptions, behaviour: Behaviour) {
  const side = openOrchestratorSide(options);
  return { ...side, ...endsWithFile(side, await listenOnBus(moduleOf(OrchestratorController, behaviour), side)) };
}

function endsWithFile(side: BusSide, app: INestMicroservice) {
  const stop = async (): Promise<void> => {
    await app.close();
    await side.close();
  };
  registerTestResource({ dispose: stop });
  return { stop };
}

export function aCommand(changes: Partial<CommandEnvelope> = {}): CommandEnvelope {
  return {
    commandId: 'c0ffee00-0000-5000-8000-000000000001',
    siteId: SITE,
    generation: 1,
    target: 'vm:4001',
    sequence: 1,
    kind: 'vm.start',
    version: 1,
    attempt: 1,
    expiresAt: '2030-01-01T00:00:00.000Z',
    timeoutMs: 60_000,
    tenantId: 'tenant',
    jobId: 'job',
    stepId: 'step',
    payload: { vmId: 4001, host: 'pve1' },
    ...changes,
  };
}

export function anEvent(changes: Partial<CommandEvent> = {}): CommandEvent {
  return {
    siteId: SITE,
    generation: 1,
    bootId: 'boot',
    commandId: 'c0ffee00-0000-5000-8000-000000000001',
    number: 1,
    at: '2030-01-01T00:00:00.000Z',
    fact: { type: 'started' },
    ...changes,
  };
}
