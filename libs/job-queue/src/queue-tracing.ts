import { context, propagation, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';

import type { WakeUp } from './wake-up';

const tracer = trace.getTracer('@orion/job-queue');

/**
 * Traces are carried by the wake-up itself: BullMQ's own telemetry also opens spans for polling and lock renewal, each
 * a trace of its own, which would drown the one of the request.
 */
export function traceparentOf(active: Context): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(active, carrier);
  return carrier.traceparent;
}

/** The running context, or with `traceparent` the one that it names. */
export function contextOf(traceparent: string | undefined): Context {
  return traceparent === undefined ? context.active() : propagation.extract(context.active(), { traceparent });
}

/** Runs `send` in a producer span under the wake-up's trace, with the wake-up that carries that span. */
export function tracedSend<T>(queue: string, wakeUp: WakeUp, send: (wakeUp: WakeUp) => Promise<T>): Promise<T> {
  return traced(`send ${queue}`, SpanKind.PRODUCER, queue, wakeUp, () => {
    const traceparent = traceparentOf(context.active()) ?? wakeUp.traceparent;
    return send(traceparent === undefined ? wakeUp : { ...wakeUp, traceparent });
  });
}

/** Runs `work` in a consumer span under the trace that the wake-up carries. */
export function tracedProcess<T>(queue: string, wakeUp: WakeUp, work: () => Promise<T>): Promise<T> {
  return traced(`process ${queue}`, SpanKind.CONSUMER, queue, wakeUp, work);
}

function traced<T>(name: string, kind: SpanKind, queue: string, wakeUp: WakeUp, work: () => Promise<T>): Promise<T> {
  const attributes = {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'orion.job_id': wakeUp.jobId,
  };
  return tracer.startActiveSpan(name, { kind, attributes }, contextOf(wakeUp.traceparent), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
