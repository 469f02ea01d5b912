import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

/** What happened, by its number in its stream. A job's numbers have gaps where its range tells of others. */
export interface EventRow {
  readonly number: number;
  readonly type: string;
  readonly at: Date;
  readonly rangeId: string | null;
  readonly jobId: string | null;
  readonly stepId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which events a reader wants: all of a stream, or those of one job in it. */
export interface EventSelection {
  /** The range's id, or the job's for a job without a range. */
  readonly streamId: string;
  readonly jobId?: string | undefined;
}

const READ = statement(
  'event-read',
  `SELECT number::int AS number, type, at, range_id AS "rangeId", job_id AS "jobId", step_id AS "stepId", data
     FROM event WHERE stream_id = $1 AND number > $2 AND ($3::uuid IS NULL OR job_id = $3) ORDER BY number LIMIT $4`,
);
const LAST = statement(
  'event-last',
  `SELECT id AS "streamId", last_event_number::int AS last FROM range WHERE id = ANY($1::uuid[])
   UNION ALL
   SELECT id, last_event_number::int FROM job WHERE id = ANY($1::uuid[]) AND range_id IS NULL`,
);

/** Event streams of the tenant that is set. */
export class EventReadStore {
  constructor(private readonly db: EntityManager) {}

  /** In order, after number `after`. Numbers follow the order of commits: what is read never appears later below `after`. */
  async read(selection: EventSelection, after: number, limit: number): Promise<EventRow[]> {
    return execute<EventRow>(this.db, READ, [selection.streamId, after, selection.jobId ?? null, limit]);
  }

  /** How far streams are. */
  async last(streamIds: readonly string[]): Promise<{ readonly streamId: string; readonly last: number }[]> {
    return execute(this.db, LAST, [streamIds]);
  }
}
