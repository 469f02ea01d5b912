import type { EventRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { Id, named, Nullable, Time } from '../openapi/answers';

export const EventView = named(
  'Event',
  Type.Object({
    number: Type.Integer({ description: 'Rises within the stream; the id of the server-sent event.' }),
    type: Type.String({ description: 'Such as `job.requested`; also the type of the server-sent event.' }),
    at: Time(),
    rangeId: Nullable(Id()),
    jobId: Nullable(Id()),
    stepId: Nullable(Id()),
    data: Type.Record(Type.String(), Type.Unknown()),
  }),
);
export type EventView = Static<typeof EventView>;

export function eventView(row: EventRow): EventView {
  return { ...row, at: row.at.toISOString(), data: { ...row.data } };
}

/** One server-sent event. JSON has no line breaks, so that one `data:` line holds it. */
export function sseFrame(row: EventRow): string {
  return `id: ${row.number}\nevent: ${row.type}\ndata: ${JSON.stringify(eventView(row))}\n\n`;
}
