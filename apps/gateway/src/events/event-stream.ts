import { EventReadStore, inTenant, type EventRow, type EventSelection } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { Readable } from 'node:stream';
import type { DataSource } from 'typeorm';

import { sseFrame } from './event.view';
import type { StreamListener } from './event-hub';

const log = logger('events');
const PAGE = 200;
/** A client that takes nothing for so many comments is let go; it can resume where it was. */
const PATIENCE = 4;

/**
 * Server-sent events of one stream. It reads from the database only as fast as the client takes what it gets, a page at a
 * time, so that a slow client costs no memory.
 */
export class EventStream extends Readable implements StreamListener {
  private cursor: number;
  private wanted = false;
  private grown = true;
  private reading = false;
  private untaken = 0;
  private readonly comments: NodeJS.Timeout;

  constructor(
    private readonly source: DataSource,
    readonly tenantId: string,
    private readonly selection: EventSelection,
    after: number,
    commentMs: number,
    private readonly onEnd: () => void,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.cursor = after;
    this.push(': events follow\n\n');
    this.comments = setInterval(() => this.comment(), commentMs);
    this.comments.unref();
  }

  get streamId(): string {
    return this.selection.streamId;
  }

  position(): number {
    return this.cursor;
  }

  wake(): void {
    this.grown = true;
    void this.advance();
  }

  /** The client has been told all that fits; its connection ends in an orderly way and it may resume elsewhere. */
  finish(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }

  override _read(): void {
    this.wanted = true;
    this.untaken = 0;
    void this.advance();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.comments);
    this.onEnd();
    done(error);
  }

  private async advance(): Promise<void> {
    if (this.reading || !this.wanted || !this.grown || this.destroyed) return;
    this.reading = true;
    this.grown = false;
    try {
      const rows = await this.page();
      if (rows.length === PAGE) this.grown = true;
      this.deliver(rows);
    } catch (error) {
      log.warn('Reading events again at the next poll', { err: error });
    } finally {
      this.reading = false;
    }
    if (this.wanted && this.grown) await this.advance();
  }

  private page(): Promise<EventRow[]> {
    return inTenant(this.source, { tenantId: this.tenantId }, (db) =>
      new EventReadStore(db).read(this.selection, this.cursor, PAGE),
    );
  }

  private deliver(rows: readonly EventRow[]): void {
    const last = rows.at(-1);
    if (last === undefined || this.destroyed || this.readableEnded) return;
    this.cursor = last.number;
    this.wanted = this.push(rows.map(sseFrame).join(''));
  }

  private comment(): void {
    this.untaken += 1;
    if (this.untaken > PATIENCE && this.readableLength > 0) {
      this.destroy();
      return;
    }
    if (this.wanted && !this.readableEnded) this.push(': still here\n\n');
  }
}
