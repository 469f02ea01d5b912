import { createPostgresBackend, createRedisBackend, setDefaultBackendFactory, type ConnectionOptions } from 'bullmq';

/** Where wake-ups wait. Nothing is lost when either is wiped. */
export interface QueueOptions {
  readonly backend: 'redis' | 'postgres';
  /** `redis://` or `rediss://`; for the PostgreSQL back end, a role that `migrateQueueSchema` has granted. */
  readonly url: string;
  /** Keeps installations apart that share one Redis; with PostgreSQL, the schema does. */
  readonly prefix?: string;
}

/** Schema of BullMQ's tables in PostgreSQL. */
export const QUEUE_SCHEMA = 'bullmq';
const PREFIX = 'orion';
/** Of each queue and each worker. A wake-up is one short statement. */
const POSTGRES_POOL_SIZE = 4;

/** Connection of queues and workers as BullMQ takes it. */
export function connectionOf(options: QueueOptions): ConnectionOptions {
  useBothBackends();
  if (options.backend === 'postgres') {
    return {
      connectionString: options.url,
      schema: QUEUE_SCHEMA,
      max: POSTGRES_POOL_SIZE,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      connectionTimeoutMillis: 5_000,
    };
  }
  return {
    url: options.url,
    connectTimeout: 5_000,
    keepAlive: 5_000,
    // Of a Redis that does not answer the end of a connection.
    disconnectTimeout: 500,
    // Reconnects within a second of Redis being back: the default backs off to 20 s.
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000),
    maxRetriesPerRequest: null,
  };
}

export function prefixOf(options: QueueOptions): string {
  return options.prefix ?? PREFIX;
}

/**
 * BullMQ and its Nest module build every queue with one factory for the whole process. This one picks the back end by
 * the connection it is given, so that tests may use both in one process.
 */
function useBothBackends(): void {
  setDefaultBackendFactory((name, options, context) =>
    'connectionString' in options.connection
      ? createPostgresBackend(name, { ...options, connection: options.connection }, context)
      : createRedisBackend(name, options, context),
  );
}
