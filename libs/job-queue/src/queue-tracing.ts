import { currentTraceparent, inSpan, withRemoteParent, type SpanRole } from '@orion/runtime';

import type { WakeUp } from './wake-up';

/*
 * Traces are carried by the wake-up itself: BullMQ's own telemetry also opens spans for polling and lock renewal, each a
 * trace of its own, which would drown the one of the request.
 */

/** Runs `send` in a producer span under the wake-up's trace, with the wake-up that carries that span. */
export function tracedSend<T>(queue: string, wakeUp: WakeUp, send: (wakeUp: WakeUp) => Promise<T>): Promise<T> {
  return traced(`send ${queue}`, 'producer', queue, wakeUp, () => {
    const traceparent = currentTraceparent() ?? wakeUp.traceparent;
    return send(traceparent === undefined ? wakeUp : { ...wakeUp, traceparent });
  });
}

/** Runs `work` in a consumer span under the trace that the wake-up carries. */
export function tracedProcess<T>(queue: string, wakeUp: WakeUp, work: () => Promise<T>): Promise<T> {
  return traced(`process ${queue}`, 'consumer', queue, wakeUp, work);
}

function traced<T>(name: string, role: SpanRole, queue: string, wakeUp: WakeUp, work: () => Promise<T>): Promise<T> {
  const attributes = {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'orion.job_id': wakeUp.jobId,
  };
  const run = () => inSpan(name, attributes, work, role);
  return wakeUp.traceparent === undefined ? run() : withRemoteParent(wakeUp.traceparent, run);
}
