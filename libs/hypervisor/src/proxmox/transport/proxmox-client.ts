import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Pool } from 'undici';
import { judgeFailure } from '../errors/judge-failure';
import { isProxmoxFailure, ProxmoxFailure, type FailureEvidence } from '../errors/proxmox-failure';
import { settingsOf, type ProxmoxOptions, type ProxmoxSettings } from '../proxmox-options';
import { openConnections } from './connections';
import { readEvidence, readTransportEvidence } from './read-evidence';
import { encodeForm, fillRoute, type Form } from './form-encoding';
import { Limiter } from './limiter';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * Calls that keep one of the three protected workers of their host busy: changes of a configuration for tenths of a second,
 * the guest agent for seconds. They queue per host and kind, so that neither blocks the host nor the other calls.
 */
export type Lane = 'config' | 'agent';

export interface Call {
  readonly method: Method;
  /** Below `/api2/json`, with `{name}` places; names the span. */
  readonly route: string;
  readonly at?: Readonly<Record<string, string | number>>;
  /** Query of GET and DELETE, form of POST and PUT. */
  readonly form?: Form;
  readonly lane?: Lane;
  readonly timeoutMs?: number;
  /** Breaks off a read, or the wait for a turn. */
  readonly signal?: AbortSignal | undefined;
}

interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly text: string;
}

const READ_ATTEMPTS = 4;
const READ_PAUSE_MS = 100;
const tracer = trace.getTracer('orion-proxmox');

/**
 * Speaks HTTP to the Proxmox VE API with a token. A GET is repeated up to three times when no useful answer came;
 * nothing else ever is. Failures are judged by the error table. The token appears in no error, log, span or URL.
 */
export class ProxmoxClient {
  readonly settings: ProxmoxSettings;
  private readonly connections: Pool;
  private readonly basePath: string;
  private readonly authorization: string;
  private readonly calls: Limiter;
  private readonly lanes = new Map<string, Limiter>();
  private readonly onAnswer: () => void;

  constructor(options: ProxmoxOptions) {
    this.settings = settingsOf(options);
    const { origin, pathname } = new URL(options.url);
    this.connections = openConnections(origin, options);
    this.basePath = `${pathname.replace(/\/+$/, '').replace(/\/api2\/json$/, '')}/api2/json`;
    this.authorization = `PVEAPIToken=${options.tokenId}=${options.tokenSecret}`;
    this.calls = new Limiter(this.settings.concurrency.calls);
    this.onAnswer = options.onAnswer ?? (() => undefined);
  }

  get(route: string, at: Call['at'] = {}, form: Form = {}, signal?: AbortSignal): Promise<unknown> {
    return this.call({ method: 'GET', route, at, form, signal });
  }

  /** The `data` of the answer. */
  async call(call: Call): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.inTurn(call);
      } catch (error) {
        const unreached = isProxmoxFailure(error) && error.code === 'hypervisor.unreachable';
        if (call.method !== 'GET' || attempt === READ_ATTEMPTS || !unreached) throw error;
        await delay(READ_PAUSE_MS * 3 ** (attempt - 1) * (0.5 + Math.random()), undefined, {
          ...(call.signal ? { signal: call.signal } : {}),
        });
      }
    }
  }

  /** Breaks off what is under way. */
  close(): Promise<void> {
    return this.connections.destroy();
  }

  private inTurn(call: Call): Promise<unknown> {
    return this.limiterFor(call).run(() => this.inSpan(call), call.signal);
  }

  private limiterFor({ lane, at }: Call): Limiter {
    if (lane === undefined) return this.calls;
    const key = `${lane} ${at?.['node'] ?? ''}`;
    const limiter = this.lanes.get(key) ?? new Limiter(this.settings.concurrency.slowCallsPerHost);
    this.lanes.set(key, limiter);
    return limiter;
  }

  private async inSpan(call: Call): Promise<unknown> {
    // Looking around at an interval belongs to no trace and begins none for each call.
    if (trace.getActiveSpan() === undefined) return (await this.send(call)).data;
    const attributes = { 'http.method': call.method, 'http.route': call.route };
    return tracer.startActiveSpan(
      `proxmox ${call.method} ${call.route}`,
      { kind: SpanKind.CLIENT, attributes },
      async (span) => {
        try {
          const answer = await this.send(call);
          span.setAttribute('http.status_code', answer.status);
          return answer.data;
        } catch (error) {
          if (isProxmoxFailure(error) && error.evidence.status !== undefined) {
            span.setAttribute('http.status_code', error.evidence.status);
          }
          const message = error instanceof Error ? error.message : String(error);
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          throw error;
        } finally {
          span.end();
        }
      },
    );
  }

  private async send(call: Call): Promise<{ readonly status: number; readonly data: unknown }> {
    const action = `${call.method} ${fillRoute(call.route, call.at ?? {})}`;
    let answer: HttpAnswer;
    try {
      answer = await this.request(call);
    } catch (error) {
      if (call.signal?.aborted === true && error === call.signal.reason) throw error;
      throw this.failure(action, call, readTransportEvidence(error));
    }
    this.onAnswer();
    const evidence = readEvidence(answer.status, answer.reason, answer.text);
    if (evidence.failure) throw this.failure(action, call, evidence.failure);
    return { status: answer.status, data: evidence.data };
  }

  private async request(call: Call): Promise<HttpAnswer> {
    const form = encodeForm(call.form ?? {});
    const inQuery = call.method === 'GET' || call.method === 'DELETE';
    const path = `${this.basePath}${fillRoute(call.route, call.at ?? {})}`;
    const timeout = AbortSignal.timeout(call.timeoutMs ?? this.settings.timeouts.callMs);
    const { authorization } = this;
    const { statusCode, statusText, body } = await this.connections.request({
      method: call.method,
      path: inQuery && form !== '' ? `${path}?${form}` : path,
      headers: inQuery ? { authorization } : { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: inQuery ? null : form,
      // A change that is under way is never broken off: what came of it would be unknown.
      signal: call.signal && call.method === 'GET' ? AbortSignal.any([call.signal, timeout]) : timeout,
    });
    return { status: statusCode, reason: statusText, text: await body.text() };
  }

  /** A read that broke off has changed nothing, so its outcome is not unknown: the API was not reached. */
  private failure(action: string, call: Call, evidence: FailureEvidence): ProxmoxFailure {
    const failure = judgeFailure(action, evidence);
    if (call.method !== 'GET' || !evidence.ambiguous) return failure;
    return new ProxmoxFailure('hypervisor.unreachable', 'retryable', failure.message, evidence);
  }
}
