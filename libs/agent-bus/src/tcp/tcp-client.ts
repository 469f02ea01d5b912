import { ClientTCP, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { OutgoingMessage } from '../bus-client';
import { BusError } from '../bus-error';
import { BUS_TCP_HOST, JSON_SOCKET_LIMITS } from './tcp-limits';
import type { TcpEnvelope } from './tcp-envelope';

/** Nest's TCP client; each request connects anew when the connection is gone. */
export class TcpClient extends ClientTCP {
  constructor(
    port: number,
    private readonly token: string,
  ) {
    super({ host: BUS_TCP_HOST, port, ...JSON_SOCKET_LIMITS });
  }

  override async connect(): Promise<void> {
    try {
      await super.connect();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') throw new BusError('no_listener', `Nobody listens on port ${this.port}.`);
      throw new BusError('unreachable', message);
    }
  }

  protected override publish(packet: ReadPacket<OutgoingMessage>, callback: (packet: WritePacket) => void): () => void {
    const { siteId, traceparent, body } = packet.data;
    const envelope: TcpEnvelope = { siteId, token: this.token, ...(traceparent && { traceparent }), body };
    return super.publish({ pattern: packet.pattern as unknown, data: envelope }, (answer) => callback(named(answer)));
  }

  override close(): void {
    const { socket } = this;
    super.close();
    socket?.netSocket.destroySoon();
  }
}

/** Nest says as a mere text that the other side has no handler (yet). */
function named(answer: WritePacket): WritePacket {
  if (typeof answer.err !== 'string') return answer;
  return { ...answer, err: new BusError('no_listener', answer.err) };
}
