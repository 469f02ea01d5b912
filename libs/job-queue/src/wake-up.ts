/** Names of the queues. One operation keeps one name at every hop. */
export const QUEUES = { advanceJob: 'advance-job' } as const;

/**
 * Says that a job may have something to do. It carries no state: PostgreSQL does, so that a wake-up may come twice,
 * late or never.
 */
export interface WakeUp {
  readonly jobId: string;
  readonly tenantId?: string;
  /** Trace of the request that caused it, as W3C `traceparent`. */
  readonly traceparent?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads what came out of the queue, which anyone with access to it may have written. Throws TypeError. */
export function parseWakeUp(data: unknown): WakeUp {
  const { jobId, tenantId, traceparent } = (typeof data === 'object' && data !== null ? data : {}) as Partial<
    Record<keyof WakeUp, unknown>
  >;
  if (typeof jobId !== 'string' || !UUID.test(jobId)) throw new TypeError('A wake-up names its job by a UUID.');
  return {
    jobId,
    ...(typeof tenantId === 'string' && { tenantId }),
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}
