import { backoffMs, logger } from '@orion/runtime';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, Events, type NatsConnection } from 'nats';
import type { NatsBusOptions } from '../bus-options';
import { natsAddress } from './nats-credentials';

export type LinkState = 'connecting' | 'connected' | 'disconnected' | 'closed';

const RECONNECT = { initialMs: 50, maxMs: 2_000 };
const log = logger('agent-bus');

/**
 * The one connection of this process to NATS. It is sought for ever, at the start as after a loss, so that services start
 * and live without NATS; its subscriptions survive.
 */
export class NatsLink {
  private connection: NatsConnection | undefined;
  private current: LinkState = 'connecting';
  private attempt = 0;
  private readonly stopping = new AbortController();
  private readonly listeners: ((connection: NatsConnection) => void)[] = [];
  private readonly life: Promise<void>;

  constructor(
    private readonly options: NatsBusOptions,
    private readonly inboxPrefix: string,
  ) {
    this.life = this.live();
  }

  get state(): LinkState {
    return this.current;
  }

  /** The connection while it works; undefined at any other time. */
  get connected(): NatsConnection | undefined {
    return this.current === 'connected' ? this.connection : undefined;
  }

  /** Calls `subscribe` for each new connection, also for the one that is there. A mere reconnect makes no new one. */
  onConnection(subscribe: (connection: NatsConnection) => void): void {
    this.listeners.push(subscribe);
    if (this.connection && !this.connection.isClosed()) subscribe(this.connection);
  }

  /** Sends what is buffered and closes, in so many milliseconds at most. */
  async close(timeoutMs: number): Promise<void> {
    const flushed = this.connected?.flush().catch(() => undefined);
    await Promise.race([flushed, delay(timeoutMs, undefined, { ref: false, signal: this.stopping.signal })]).catch(
      () => undefined,
    );
    this.current = 'closed';
    this.stopping.abort();
    await this.connection?.close();
    await this.life;
  }

  private async live(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const connection = await this.connectOnce();
      if (!connection) continue;
      this.connection = connection;
      this.become('connected');
      for (const subscribe of this.listeners) subscribe(connection);
      await this.follow(connection);
      this.become('disconnected');
    }
  }

  private async connectOnce(): Promise<NatsConnection | undefined> {
    try {
      const connection = await connect({
        ...natsAddress(this.options),
        inboxPrefix: this.inboxPrefix,
        timeout: 2_000,
        // A connection whose other end is silently gone is noticed within 10 s.
        pingInterval: 5_000,
        maxPingOut: 2,
        maxReconnectAttempts: -1,
        // Keys may be rolled on the server while we run.
        ignoreAuthErrorAbort: true,
        reconnectDelayHandler: () => this.nextDelayMs(),
      });
      if (!this.stopping.signal.aborted) return connection;
      await connection.close();
    } catch (error) {
      log.warn('NATS is not reachable', { detail: (error as Error).message });
      await delay(this.nextDelayMs(), undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** Returns when the connection is closed for good. Its statuses do not end with it, so they are not waited for. */
  private async follow(connection: NatsConnection): Promise<void> {
    void this.noteStatuses(connection);
    await connection.closed();
  }

  private async noteStatuses(connection: NatsConnection): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) this.become('disconnected');
      if (type === Events.Reconnect) this.become('connected');
      if (type === Events.Error) log.error('NATS reports an error', { detail: data });
    }
  }

  private become(state: LinkState): void {
    if (this.stopping.signal.aborted || this.current === state) return;
    this.current = state;
    if (state === 'connected') this.attempt = 0;
    log.info(state === 'connected' ? 'Connected to NATS' : 'The connection to NATS is lost');
  }

  private nextDelayMs(): number {
    this.attempt += 1;
    return backoffMs(RECONNECT, this.attempt, Math.random());
  }
}
