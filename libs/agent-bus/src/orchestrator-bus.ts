import {
  ORCHESTRATOR_PATTERNS,
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
import type { BusClient } from './bus-client';

/** The orchestrators, as an agent reaches them: whichever is free answers. Throws BusError. */
export class OrchestratorBus {
  constructor(private readonly client: Pick<BusClient, 'request'>) {}

  /** Each call raises the generation of the site. */
  register(request: RegisterRequest): Promise<RegisterReply> {
    return this.client.request(ORCHESTRATOR_PATTERNS.register, request);
  }

  sequences(request: SequencesRequest): Promise<SequencesReply> {
    return this.client.request(ORCHESTRATOR_PATTERNS.sequences, request);
  }

  heartbeat(heartbeat: Heartbeat): Promise<HeartbeatReply> {
    return this.client.request(ORCHESTRATOR_PATTERNS.heartbeat, heartbeat);
  }

  /** To be repeated until the answer says `recorded`. */
  event(event: CommandEvent): Promise<CommandEventReply> {
    return this.client.request(ORCHESTRATOR_PATTERNS.event, event);
  }

  inventory(page: InventoryPage): Promise<InventoryReply> {
    return this.client.request(ORCHESTRATOR_PATTERNS.inventory, page);
  }
}
