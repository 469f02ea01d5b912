import { DataSource, type DataSourceOptions } from 'typeorm';

import { ENTITIES } from '../entities';
import { MIGRATIONS } from '../migrations';

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly poolSize?: number;
  /** Time-outs of transactions of a service, milliseconds. They free what a frozen process holds. 0: none (migrations). */
  readonly timeoutMs?: number;
}

/**
 * Services read and write a few rows by key. Plans of prepared statements are kept, and one that was made while a table was
 * small scans it for ever, the more so as PostgreSQL takes the rows of a JSON argument for a hundred.
 */
const BY_KEY = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';

/** A pool of connections whose transactions cannot hold a lock for longer than the time-out. Not yet connected. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const timeout = options.timeoutMs ?? 2_000;
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [...ENTITIES],
    migrations: [...MIGRATIONS],
    migrationsTableName: 'schema_migration',
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: 5_000,
    extra: {
      statement_timeout: timeout,
      lock_timeout: timeout,
      idle_in_transaction_session_timeout: timeout,
      ...(timeout > 0 && { options: BY_KEY }),
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    },
  } satisfies DataSourceOptions);
}
