import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { DomainError } from '@orion/domain';
import type { FastifyRequest } from 'fastify';

import { EventView } from './event.view';

/** How a client wants its events. */
export interface EventRequest {
  /** True unless the client accepts JSON and no event stream. */
  readonly stream: boolean;
  readonly lastEventId?: number | undefined;
}

export const EventRequest = createParamDecorator((_: unknown, context: ExecutionContext): EventRequest => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const accept = headers.accept ?? '';
  const stream = accept.includes('text/event-stream') || !accept.includes('application/json');
  const lastEventId = headers['last-event-id'];
  if (lastEventId === undefined || lastEventId === '') return { stream };
  if (typeof lastEventId !== 'string' || !/^\d{1,15}$/.test(lastEventId)) {
    throw new DomainError('request.invalid', 'Last-Event-ID must be the id of an event of this stream.');
  }
  return { stream, lastEventId: Number(lastEventId) };
});

export function AnswersEvents(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Resume after this event. Nothing is left out or repeated.',
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 200,
      description:
        'Server-sent events that follow the stream until the client leaves or the service stops, with a comment every 15 s; with `Accept: application/json` a page of those that have happened.',
      content: {
        'text/event-stream': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            type: 'object',
            required: ['items', 'nextCursor'],
            properties: {
              items: { type: 'array', items: { $ref: `#/components/schemas/${EventView.$id ?? ''}` } },
              nextCursor: { anyOf: [{ type: 'string' }, { type: 'null' }] },
            },
          },
        },
      },
    }),
  );
}
