import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import type { EventSelection } from '@orion/persistence';
import { DataSource } from 'typeorm';

import { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { numberCursor, pageOf, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { Stores } from '../persistence/stores';
import { SETTINGS, type GatewaySettings } from '../settings';
import { EventHub } from './event-hub';
import type { EventRequest } from './event-request';
import { EventStream } from './event-stream';
import { eventView, type EventView } from './event.view';
import type { EventsQuery } from './event.dto';

type EventAnswer = Answer<StreamableFile> | Page<EventView>;

/** Opens event streams and pages through them. */
@Injectable()
export class ReadEvents {
  private readonly open = new Set<EventStream>();
  private stopping = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly source: DataSource,
    private readonly hub: EventHub,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  ofRange(caller: Caller, rangeId: string, request: EventRequest, query: EventsQuery): Promise<EventAnswer> {
    return this.read(caller, request, query, async ({ ranges }) => {
      if ((await ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
      return { streamId: rangeId };
    });
  }

  ofJob(caller: Caller, jobId: string, request: EventRequest, query: EventsQuery): Promise<EventAnswer> {
    return this.read(caller, request, query, async ({ jobs }) => {
      const job = await jobs.get(jobId);
      if (job === undefined) throw notFound('job', jobId);
      return { streamId: job.rangeId ?? jobId, jobId };
    });
  }

  /** Ends every stream and opens no other. */
  endAll(): void {
    this.stopping = true;
    for (const stream of this.open) stream.finish();
  }

  private async read(
    caller: Caller,
    request: EventRequest,
    query: EventsQuery,
    select: (stores: Stores) => Promise<EventSelection>,
  ): Promise<EventAnswer> {
    const after = request.lastEventId ?? query.after ?? 0;
    if (request.stream) return this.follow(caller, await this.unitOfWork.run(caller, select), after);
    return this.unitOfWork.run(caller, async (stores) => {
      const selection = await select(stores);
      const rows = await stores.events.read(selection, numberCursor(query.cursor) ?? after, query.limit + 1);
      return pageOf(rows, query.limit, (row) => row.number, eventView);
    });
  }

  private follow(caller: Caller, selection: EventSelection, after: number): Answer<StreamableFile> {
    if (this.stopping) throw new DomainError('service.unavailable', 'The service is stopping.');
    if (this.open.size >= this.settings.eventStreams) {
      throw new DomainError('service.overloaded', 'This gateway serves as many event streams as it may.');
    }
    const { eventCommentMs } = this.settings;
    const stream = new EventStream(this.source, caller.principal.tenantId, selection, after, eventCommentMs, () => {
      leave();
      this.open.delete(stream);
    });
    const leave = this.hub.join(stream);
    this.open.add(stream);
    return new Answer(200, new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' }), {
      'cache-control': 'no-store',
      // Asks proxies not to hold events back.
      'x-accel-buffering': 'no',
    });
  }
}
