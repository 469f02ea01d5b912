import { Inject, Injectable } from '@nestjs/common';
import { EventReadStore, EVENT_CHANNEL, inTenant } from '@orion/persistence';
import { backoffMs, logger, type Metrics } from '@orion/runtime';
import { Client } from 'pg';
import { DataSource } from 'typeorm';

import { METRICS } from '../settings';

const log = logger('events');
const POLL_MS = 1_000;

/** Somebody who wants to know when a stream grows. */
export interface StreamListener {
  readonly tenantId: string;
  readonly streamId: string;
  /** Number of the last event that it has. */
  position(): number;
  /** The stream has grown, or may have. Cheap, and may be called too often. */
  wake(): void;
}

/**
 * Tells readers of event streams when these grow: one connection listens for all of them, and a poll every second finds
 * what that missed, with one statement per tenant.
 */
@Injectable()
export class EventHub {
  private readonly listeners = new Map<string, Set<StreamListener>>();
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private polling = false;
  private stopped = false;
  private attempts = 0;

  constructor(
    private readonly source: DataSource,
    @Inject(METRICS) metrics: Metrics,
  ) {
    metrics.gauge({ name: 'orion_event_streams', help: 'Event streams that clients follow now.' }, (gauge) =>
      gauge.set(this.size),
    );
  }

  get size(): number {
    let size = 0;
    for (const listeners of this.listeners.values()) size += listeners.size;
    return size;
  }

  async start(url: string): Promise<void> {
    await this.listen(url);
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.reconnect);
    await this.client?.end().catch(() => undefined);
  }

  /** Returns how to leave again. */
  join(listener: StreamListener): () => void {
    const key = keyOf(listener.tenantId, listener.streamId);
    const listeners = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(key) === listeners) this.listeners.delete(key);
    };
  }

  private async listen(url: string): Promise<void> {
    const client = new Client({
      connectionString: url,
      application_name: 'orion-gateway-events',
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      connectionTimeoutMillis: 5_000,
    });
    client.on('notification', ({ payload }) => this.wake(payload ?? ''));
    client.on('error', (error) => this.lost(client, url, error));
    client.on('end', () => this.lost(client, url));
    this.client = client;
    await client.connect();
    await client.query(`LISTEN ${EVENT_CHANNEL}`);
    this.attempts = 0;
  }

  /** Until it is back, the poll serves the streams. */
  private lost(client: Client, url: string, error?: Error): void {
    if (this.stopped || this.client !== client) return;
    this.client = undefined;
    this.attempts += 1;
    log.warn('Listening for events anew', { attempt: this.attempts, err: error });
    this.reconnect = setTimeout(
      () => {
        this.listen(url).catch((failure: unknown) => {
          const failed = this.client;
          if (failed) this.lost(failed, url, failure instanceof Error ? failure : undefined);
        });
      },
      backoffMs({ initialMs: 200, maxMs: 5_000 }, this.attempts, Math.random()),
    );
  }

  private wake(key: string): void {
    for (const listener of this.listeners.get(key) ?? []) listener.wake();
  }

  private async poll(): Promise<void> {
    if (this.polling || this.listeners.size === 0) return;
    this.polling = true;
    try {
      for (const [tenantId, streamIds] of this.streamsByTenant()) {
        const grown = await inTenant(this.source, { tenantId }, (db) => new EventReadStore(db).last(streamIds));
        for (const { streamId, last } of grown) {
          for (const listener of this.listeners.get(keyOf(tenantId, streamId)) ?? []) {
            if (listener.position() < last) listener.wake();
          }
        }
      }
    } catch (error) {
      log.warn('Polling for events again in a second', { err: error });
    } finally {
      this.polling = false;
    }
  }

  private streamsByTenant(): Map<string, string[]> {
    const byTenant = new Map<string, string[]>();
    for (const listeners of this.listeners.values()) {
      for (const { tenantId, streamId } of listeners) {
        const streams = byTenant.get(tenantId);
        if (streams) streams.push(streamId);
        else byTenant.set(tenantId, [streamId]);
        break;
      }
    }
    return byTenant;
  }
}

function keyOf(tenantId: string, streamId: string): string {
  return `${tenantId}:${streamId}`;
}
