import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** Channel on which a commit tells gateways that a stream has grown. The payload is `<tenantId>:<streamId>`. */
export const EVENT_CHANNEL = 'orion_event';

export interface NewEvent {
  readonly type: string;
  readonly jobId?: string;
  readonly stepId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A range's stream, or that of a job that concerns no range. */
export type EventStream =
  | { readonly tenantId: string; readonly rangeId: string }
  | { readonly tenantId: string; readonly rangeId?: undefined; readonly jobId: string };

const APPEND = {
  range: statement('event-append-range', appendTo('range')),
  job: statement('event-append-job', appendTo('job')),
};

/**
 * Appends events to a stream, numbered without gaps, and tells the gateways at commit. May travel with the commit.
 * The transaction must have the stream's tenant set. The row that counts stays locked until the commit, which is what
 * makes the numbers follow the order of commits.
 */
export async function appendEvents(db: EntityManager, stream: EventStream, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const [table, streamId] =
    stream.rangeId === undefined ? (['job', stream.jobId] as const) : (['range', stream.rangeId] as const);
  const rows = events.map((event, index) => ({
    ordinal: index + 1,
    job_id: event.jobId ?? (stream.rangeId === undefined ? stream.jobId : null),
    step_id: event.stepId ?? null,
    type: event.type,
    data: event.data ?? {},
  }));
  await execute(db, APPEND[table], [
    streamId,
    events.length,
    stream.tenantId,
    stream.rangeId ?? null,
    JSON.stringify(rows),
    EVENT_CHANNEL,
    `${stream.tenantId}:${streamId}`,
  ]);
}

function appendTo(table: 'range' | 'job'): string {
  return `
    WITH counted AS (
      UPDATE ${table} SET last_event_number = last_event_number + $2::int WHERE id = $1 RETURNING last_event_number
    ), added AS (
      INSERT INTO event (stream_id, number, tenant_id, range_id, job_id, step_id, type, data)
      SELECT $1, counted.last_event_number - $2::int + e.ordinal, $3, $4, e.job_id, e.step_id, e.type, e.data
        FROM counted,
             jsonb_to_recordset($5::jsonb) AS e(ordinal bigint, job_id uuid, step_id uuid, type text, data jsonb)
    )
    -- No channel has an empty name: without a row that counts, the statement fails.
    SELECT pg_notify(CASE WHEN EXISTS (SELECT 1 FROM counted) THEN $6 ELSE '' END, $7)`;
}
