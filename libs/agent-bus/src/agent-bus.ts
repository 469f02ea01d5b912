import {
  AGENT_PATTERNS,
  type CancelReply,
  type CancelRequest,
  type CommandAck,
  type CommandEnvelope,
} from '@orion/contracts';
import type { BusClient } from './bus-client';

/** The agents, as an orchestrator reaches them. The site of each message names the agent. Throws BusError. */
export class AgentBus {
  constructor(private readonly client: Pick<BusClient, 'request'>) {}

  /** May be repeated with the same id: an agent performs each command once. */
  command(command: CommandEnvelope): Promise<CommandAck> {
    return this.client.request(AGENT_PATTERNS.command, command);
  }

  /** May be repeated. */
  cancel(request: CancelRequest): Promise<CancelReply> {
    return this.client.request(AGENT_PATTERNS.cancel, request);
  }
}
