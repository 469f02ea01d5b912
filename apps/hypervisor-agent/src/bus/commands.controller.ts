import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  AGENT_PATTERNS,
  type CancelReply,
  type CancelRequest,
  type CommandAck,
  type CommandEnvelope,
} from '@orion/contracts';
import { CommandDesk } from '../commands/command-desk';
import { Registration } from '../site/registration';

/** What orchestrators say to the agent. */
@Controller()
export class CommandsController {
  constructor(
    private readonly desk: CommandDesk,
    private readonly registration: Registration,
  ) {}

  @MessagePattern(AGENT_PATTERNS.command)
  command(@Payload() command: CommandEnvelope): Promise<CommandAck> {
    return this.desk.receive(command);
  }

  /** Of another generation, nothing is done: the sender will learn from the next heartbeat which one counts. */
  @MessagePattern(AGENT_PATTERNS.cancel)
  async cancel(@Payload() { generation, cancellations }: CancelRequest): Promise<CancelReply> {
    if (generation !== this.registration.generation) return { received: 0 };
    await this.desk.cancel(cancellations);
    return { received: cancellations.length };
  }
}
