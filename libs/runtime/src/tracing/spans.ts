import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { redactText } from '../logging/redaction';

export type SpanRole = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

const KINDS: Readonly<Record<SpanRole, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const tracer = trace.getTracer('orion');

/**
 * Runs `fn` in a span that ends when `fn` has returned or its promise has settled. What it throws is noted on the span
 * and thrown on.
 */
export function inSpan<T>(name: string, attributes: Attributes, fn: (span: Span) => T, role: SpanRole = 'internal'): T {
  return tracer.startActiveSpan(name, { attributes, kind: KINDS[role] }, (span) => {
    try {
      const result = fn(span);
      if (!isPromise(result)) {
        span.end();
        return result;
      }
      return result.then(
        (value) => {
          span.end();
          return value;
        },
        (error: unknown) => {
          endWithError(span, error);
          throw error;
        },
      ) as T;
    } catch (error) {
      endWithError(span, error);
      throw error;
    }
  });
}

/** The W3C `traceparent` of the code that runs now, to be sent with a message; undefined outside any span. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The id of the trace that runs now, for logs and error answers; undefined outside any span. */
export function currentTraceId(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? span.traceId : undefined;
}

/** Runs `fn` as a continuation of the trace that a message brought along. Without a valid one `fn` begins a new trace. */
export function withRemoteParent<T>(traceparent: string | null | undefined, fn: () => T): T {
  const parent = parseTraceparent(traceparent ?? '');
  const surroundings = trace.deleteSpan(context.active());
  return context.with(parent ? trace.setSpanContext(surroundings, parent) : surroundings, fn);
}

function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined || text.startsWith('ff')) return undefined;
  const parent: SpanContext = { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parent) ? parent : undefined;
}

function endWithError(span: Span, error: unknown): void {
  const message = redactText(error instanceof Error ? error.message : String(error));
  span.recordException({ name: error instanceof Error ? error.name : 'Error', message });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
