import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ORCHESTRATOR_PATTERNS, type CommandEvent, type CommandEventReply } from '@orion/contracts';

import { FactBatcher } from './fact-batcher';

@Controller()
export class FactsController {
  constructor(private readonly facts: FactBatcher) {}

  @MessagePattern(ORCHESTRATOR_PATTERNS.event)
  async event(@Payload() event: CommandEvent): Promise<CommandEventReply> {
    return { recorded: await this.facts.record(event) };
  }
}
