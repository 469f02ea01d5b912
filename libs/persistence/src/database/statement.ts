import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ClientBase, QueryResultRow } from 'pg';

/** A statement that PostgreSQL parses once per connection. Its name is unique within the process. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export function statement(name: string, text: string): Statement {
  return { name, text };
}

/** Runs a statement in the transaction of `db` and returns its rows, also those of `RETURNING`. */
export async function execute<R extends QueryResultRow>(
  db: EntityManager,
  { name, text }: Statement,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const runner = db.queryRunner;
  if (runner === undefined || runner.isReleased) throw new Error(`The statement ${name} needs a transaction.`);
  const client = (await runner.connect()) as ClientBase;
  return (await client.query<R>({ name, text, values: [...values] })).rows;
}

/** Runs a statement that is a transaction of its own: half the round trips of `execute` in `transaction`. */
export async function executeAlone<R extends QueryResultRow>(
  source: DataSource,
  { name, text }: Statement,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const [client, release] = (await (source.driver as PostgresDriver).obtainMasterConnection()) as [
    ClientBase,
    (error?: unknown) => void,
  ];
  let broken: Error | undefined;
  // Whoever borrows a connection hears of its end; an error that nobody hears ends the process.
  const onBroken = (error: Error): void => void (broken = error);
  client.on('error', onBroken);
  try {
    return (await client.query<R>({ name, text, values: [...values] })).rows;
  } finally {
    client.removeListener('error', onBroken);
    release(broken);
  }
}
