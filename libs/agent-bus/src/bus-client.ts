import type { ClientProxy } from '@nestjs/microservices';
import { checkReply, MAX_MESSAGE_BYTES, type BusMessages, type BusPattern } from '@orion/contracts';
import { currentTraceparent, inSpan } from '@orion/runtime';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import { BusError } from './bus-error';
import { openReply } from './bus-reply';
import { assertSiteId } from './site-subject';

/** A request on its way to a transport. */
export interface OutgoingMessage {
  readonly siteId: string;
  readonly traceparent?: string | undefined;
  readonly body: unknown;
  /** `body` as JSON. */
  readonly bytes: Uint8Array;
}

export type BusProxy = Pick<ClientProxy, 'send' | 'close'>;

/** Sends requests over either transport. */
export class BusClient {
  private closed = false;

  constructor(
    private readonly proxy: BusProxy,
    private readonly timeoutMs: number,
  ) {}

  /** Sends a request to the site that it names and returns the checked answer. Throws BusError and nothing else. */
  request<P extends BusPattern>(pattern: P, body: BusMessages[P]['request']): Promise<BusMessages[P]['reply']> {
    // What begins no trace of its own (a heartbeat) does not begin one here either.
    if (currentTraceparent() === undefined) return this.send(pattern, body);
    return inSpan(`bus ${pattern}`, { 'orion.site_id': body.siteId }, () => this.send(pattern, body), 'client');
  }

  close(): void {
    this.closed = true;
  }

  private async send<P extends BusPattern>(
    pattern: P,
    body: BusMessages[P]['request'],
  ): Promise<BusMessages[P]['reply']> {
    if (this.closed) throw new BusError('closed', 'The bus is closed.');
    const siteId = assertSiteId(body.siteId);
    const bytes = Buffer.from(JSON.stringify(body));
    if (bytes.length > MAX_MESSAGE_BYTES) {
      throw new BusError('too_large', `A message has ${bytes.length} bytes; ${MAX_MESSAGE_BYTES} fit.`);
    }
    const message: OutgoingMessage = { siteId, traceparent: currentTraceparent(), body, bytes };
    const answer = checkReply(pattern, openReply(await this.exchange(pattern, message)));
    if (!answer.ok) throw new BusError('malformed_reply', answer.detail);
    return answer.value;
  }

  private async exchange(pattern: BusPattern, message: OutgoingMessage): Promise<unknown> {
    try {
      return await firstValueFrom(this.proxy.send<unknown>(pattern, message).pipe(timeout(this.timeoutMs)));
    } catch (error) {
      if (error instanceof BusError) throw error;
      if (error instanceof TimeoutError) {
        throw new BusError('timeout', `${pattern} was not answered within ${this.timeoutMs} ms.`);
      }
      throw new BusError('unreachable', error instanceof Error ? error.message : String(error));
    }
  }
}
