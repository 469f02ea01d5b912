import { checkRequest, MAX_MESSAGE_BYTES, type BusMessages, type BusPattern, type CommandAck } from '@orion/contracts';
import { DomainError } from '@orion/domain';
import { inSpan, logger, withLogContext, withRemoteParent } from '@orion/runtime';
import { firstValueFrom, isObservable } from 'rxjs';
import type { BusRole } from './bus-options';
import { errorReply, type BusReply } from './bus-reply';

/** A message as a transport hands it over: the site is the authenticated one, the body is anything. */
export interface IncomingMessage {
  readonly siteId: string;
  readonly traceparent?: string | undefined;
  readonly body: unknown;
}

/** Calls a controller's method with the checked message. */
type Handler = (body: unknown) => Promise<unknown>;

const log = logger('agent-bus');

/**
 * What every message passes on its way to a handler, whatever the transport: its form is checked, its site must be the
 * one it came from, its trace goes on. Never throws; whatever goes wrong becomes an answer.
 */
export class MessageGate {
  private readonly inside = new Set<Promise<unknown>>();

  constructor(private readonly role: BusRole) {}

  pass(pattern: string, incoming: IncomingMessage, handler: Handler): Promise<BusReply> {
    const passing = this.answer(pattern as BusPattern, incoming, handler).catch((error: unknown) => {
      if (!(error instanceof DomainError)) log.error('A handler of the bus failed', { pattern, err: error });
      return errorReply(error);
    });
    this.inside.add(passing);
    return passing.finally(() => this.inside.delete(passing));
  }

  /** Waits until everything inside is answered, for so many milliseconds at most. */
  async drained(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([Promise.allSettled([...this.inside]), late]);
    clearTimeout(timer);
  }

  private async answer(pattern: BusPattern, incoming: IncomingMessage, handler: Handler): Promise<BusReply> {
    const checked = checkRequest(pattern, incoming.body);
    if (!checked.ok) return malformed(pattern, checked.detail);
    this.assertSite(checked.value, incoming.siteId);
    const handle = async (): Promise<BusReply> => {
      const result: unknown = await handler(checked.value);
      return fitting(pattern, isObservable(result) ? await firstValueFrom(result) : result);
    };
    const { siteId, traceparent } = incoming;
    return withLogContext({ siteId }, () =>
      traceparent === undefined
        ? handle()
        : withRemoteParent(traceparent, () => inSpan(`bus ${pattern}`, { 'orion.site_id': siteId }, handle, 'server')),
    );
  }

  private assertSite(message: BusMessages[BusPattern]['request'], from: string): void {
    const serves = this.role.role === 'orchestrator' || this.role.siteId === from;
    if (serves && message.siteId === from) return;
    throw new DomainError('auth.forbidden', `A message about site ${message.siteId} came by the way of site ${from}.`);
  }
}

function malformed(pattern: BusPattern, detail: string): BusReply {
  log.warn('Refusing a malformed message', { pattern, detail });
  if (pattern !== 'agent.command') return { error: { code: 'request.invalid', detail } };
  return { ok: { status: 'refused', code: 'command.malformed', detail } satisfies CommandAck };
}

function fitting(pattern: BusPattern, answer: unknown): BusReply {
  const bytes = Buffer.byteLength(JSON.stringify(answer) ?? '');
  if (bytes <= MAX_MESSAGE_BYTES) return { ok: answer };
  throw new DomainError('request.too_large', `The answer to ${pattern} has ${bytes} bytes; ${MAX_MESSAGE_BYTES} fit.`);
}
