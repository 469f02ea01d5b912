import { ServerTCP, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { BUS_TCP_HOST, JSON_SOCKET_LIMITS } from './tcp-limits';
import type { MessageGate } from '../message-gate';
import { errorReply, type BusReply } from '../bus-reply';
import { openEnvelope } from './tcp-envelope';

/** Nest's TCP server on loopback, behind the gate. */
export class TcpServerStrategy extends ServerTCP implements CustomTransportStrategy {
  constructor(
    port: number,
    private readonly token: string,
    private readonly gate: MessageGate,
    private readonly closeTimeoutMs: number,
  ) {
    super({ host: BUS_TCP_HOST, port, ...JSON_SOCKET_LIMITS });
  }

  override addHandler(pattern: string, callback: MessageHandler, isEvent?: boolean, extras?: Record<string, unknown>) {
    const behindGate = async (data: unknown, context: unknown): Promise<BusReply> => {
      try {
        return await this.gate.pass(pattern, openEnvelope(data, this.token), (body) => callback(body, context));
      } catch (error) {
        return errorReply(error);
      }
    };
    super.addHandler(pattern, behindGate, isEvent, extras);
  }

  /** Answers what is inside before the connections are cut. */
  override async close(): Promise<void> {
    this.isManuallyTerminated = true;
    if (this.server.listening) this.server.close();
    await this.gate.drained(this.closeTimeoutMs);
    // Nest writes an answer a tick after its handler has ended.
    await new Promise((resolve) => setImmediate(resolve));
    super.close();
  }

  get listening(): boolean {
    return this.server.listening;
  }
}
