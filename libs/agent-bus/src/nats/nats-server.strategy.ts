import { ServerNats, type CustomTransportStrategy } from '@nestjs/microservices';
import type { BusPattern } from '@orion/contracts';
import type { Msg, NatsConnection, Subscription } from 'nats';
import type { BusRole } from '../bus-options';
import { errorReply, type BusReply } from '../bus-reply';
import type { IncomingMessage, MessageGate } from '../message-gate';
import { siteOfSubject, subjectOf, subjectOfAnySite } from '../site-subject';
import { DomainError } from '@orion/domain';
import { TRACEPARENT_HEADER } from './nats-client';
import type { NatsLink } from './nats-link';

const ORCHESTRATORS = 'orchestrators';

/**
 * Nest's NATS server with the site in front of each pattern. Orchestrators hear every site and share the messages; an
 * agent hears its own site. Unlike Nest's, it starts while NATS is away, and bytes that are no JSON do it no harm.
 */
export class NatsServerStrategy extends ServerNats implements CustomTransportStrategy {
  private readonly heard: Subscription[] = [];

  constructor(
    private readonly link: NatsLink,
    private readonly role: BusRole,
    private readonly gate: MessageGate,
    private readonly closeTimeoutMs: number,
  ) {
    super({});
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    this.link.onConnection((connection) => this.bindEvents(connection));
    callback();
  }

  override bindEvents(connection: NatsConnection): void {
    for (const pattern of this.messageHandlers.keys()) {
      const callback = (error: Error | null, message: Msg): void => {
        if (error) this.logger.error(error);
        else void this.handleMessage(pattern, message);
      };
      this.heard.push(
        this.role.role === 'orchestrator'
          ? connection.subscribe(subjectOfAnySite(pattern as BusPattern), { queue: ORCHESTRATORS, callback })
          : connection.subscribe(subjectOf(this.role.siteId, pattern as BusPattern), { callback }),
      );
    }
  }

  override async handleMessage(pattern: string, message: Msg): Promise<void> {
    const reply = await this.answer(pattern, message);
    try {
      message.respond(Buffer.from(JSON.stringify(reply)));
    } catch (error) {
      // The connection went away meanwhile: whoever asked will ask again.
      this.logger.warn(`An answer to ${pattern} was not sent: ${(error as Error).message}`);
    }
  }

  override async close(): Promise<void> {
    for (const subscription of this.heard) subscription.unsubscribe();
    await this.gate.drained(this.closeTimeoutMs);
  }

  private async answer(pattern: string, message: Msg): Promise<BusReply> {
    const handler = this.messageHandlers.get(pattern);
    let incoming: IncomingMessage;
    try {
      const traceparent = message.headers?.get(TRACEPARENT_HEADER) || undefined;
      incoming = { siteId: siteOfSubject(message.subject), traceparent, body: JSON.parse(message.string()) as unknown };
    } catch {
      return errorReply(new DomainError('request.invalid', 'The message is no JSON.'));
    }
    return this.gate.pass(pattern, incoming, async (body): Promise<unknown> =>
      handler?.(body, { subject: message.subject }),
    );
  }
}
