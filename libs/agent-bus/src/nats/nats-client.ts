import { ClientNats, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { BusPattern } from '@orion/contracts';
import { ErrorCode, headers, type NatsConnection, type NatsError } from 'nats';
import type { OutgoingMessage } from '../bus-client';
import { BusError } from '../bus-error';
import { subjectOf } from '../site-subject';
import type { NatsLink } from './nats-link';

export const TRACEPARENT_HEADER = 'traceparent';

/** As texts, because the client's errors carry their code as one. */
const { NoResponders, Timeout, PermissionsViolation }: Readonly<Record<string, string>> = ErrorCode;

/**
 * Nest's NATS client with the site in front of each pattern. Unlike Nest's, it fails at once while the connection is away
 * (nothing old is sent later), notices that nobody listens, and shares one inbox among all requests.
 */
export class NatsClient extends ClientNats {
  constructor(
    private readonly link: NatsLink,
    private readonly timeoutMs: number,
  ) {
    super({});
  }

  override async connect(): Promise<NatsConnection> {
    return this.connection();
  }

  override async close(): Promise<void> {}

  protected override publish(packet: ReadPacket<OutgoingMessage>, callback: (packet: WritePacket) => void): () => void {
    this.ask(packet.pattern as BusPattern, packet.data).then(
      (response) => callback({ response, isDisposed: true }),
      (error: unknown) => callback({ err: error }),
    );
    return () => undefined;
  }

  private async ask(pattern: BusPattern, { siteId, traceparent, bytes }: OutgoingMessage): Promise<unknown> {
    const options = { timeout: this.timeoutMs, ...(traceparent && { headers: traced(traceparent) }) };
    try {
      const answer = await this.connection().request(subjectOf(siteId, pattern), bytes, options);
      return JSON.parse(answer.string()) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) throw new BusError('malformed_reply', 'The answer is no JSON.');
      throw error instanceof BusError ? error : failureOf(error as NatsError, pattern, siteId);
    }
  }

  private connection(): NatsConnection {
    const { connected } = this.link;
    if (connected) return connected;
    throw new BusError('unreachable', 'There is no connection to NATS.');
  }
}

function traced(traceparent: string) {
  const carrier = headers();
  carrier.set(TRACEPARENT_HEADER, traceparent);
  return carrier;
}

function failureOf({ code, message }: NatsError, pattern: BusPattern, siteId: string): BusError {
  switch (code) {
    case NoResponders:
      return new BusError('no_listener', `Nobody serves ${pattern} for site ${siteId}.`);
    case Timeout:
      return new BusError('timeout', `${pattern} was not answered in time.`);
    case PermissionsViolation:
      return new BusError('refused', `These credentials may not send ${pattern} for site ${siteId}.`, 'auth.forbidden');
    default:
      return new BusError('unreachable', message);
  }
}
