import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  ORCHESTRATOR_PATTERNS,
  type Heartbeat,
  type HeartbeatReply,
  type InventoryPage,
  type InventoryReply,
  type RegisterReply,
  type RegisterRequest,
  type SequencesReply,
  type SequencesRequest,
} from '@orion/contracts';

import { ReceiveInventory } from './receive-inventory.use-case';
import { ServeAgents } from './serve-agents';

@Controller()
export class SitesController {
  constructor(
    private readonly agents: ServeAgents,
    private readonly receiveInventory: ReceiveInventory,
  ) {}

  @MessagePattern(ORCHESTRATOR_PATTERNS.register)
  register(@Payload() request: RegisterRequest): Promise<RegisterReply> {
    return this.agents.register(request);
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.sequences)
  sequences(@Payload() request: SequencesRequest): Promise<SequencesReply> {
    return this.agents.sequences(request);
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.heartbeat)
  heartbeat(@Payload() heartbeat: Heartbeat): Promise<HeartbeatReply> {
    return this.agents.hear(heartbeat);
  }

  @MessagePattern(ORCHESTRATOR_PATTERNS.inventory)
  inventory(@Payload() page: InventoryPage): Promise<InventoryReply> {
    return this.receiveInventory.execute(page);
  }
}
