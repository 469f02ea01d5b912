import type { ClientBase } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/** Statements that nobody waits for before the commit, by transaction. */
const LAST = new WeakMap<EntityManager, Promise<unknown>[]>();

/**
 * Runs `work` in one transaction, which is rolled back when `work` throws.
 *
 * Connections are pipelined: statements that are started together (`Promise.all`) travel together, in the order in which
 * they were started, and take one round trip. The first ones travel with BEGIN. Should that fail, they have run alone, and
 * the connection is closed before another can follow: what is started first may lock, read and forget, not promise.
 */
export async function transaction<T>(source: DataSource, work: (db: EntityManager) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase & { end(): Promise<void> };
    const last: Promise<unknown>[] = [];
    LAST.set(runner.manager, last);
    let broken: Error | undefined;
    const onBroken = (error: Error): void => void (broken = error);
    client.on('error', onBroken);
    const begun = client.query('BEGIN');
    begun.catch(() => client.end());
    try {
      const result = await work(runner.manager);
      const [{ command }] = await Promise.all([client.query('COMMIT'), begun, ...last]);
      if (command !== 'COMMIT') throw new Error(`The transaction was ended by ${command} instead of COMMIT.`);
      return result;
    } catch (error) {
      // A connection whose transaction cannot be ended must not serve another one.
      await Promise.all([client.query('ROLLBACK').catch(() => client.end()), Promise.allSettled(last)]);
      // What fails on a broken connection fails in many ways; the cause is what callers can judge.
      throw broken ?? error;
    } finally {
      client.removeListener('error', onBroken);
    }
  } finally {
    await runner.release();
  }
}

/**
 * Lets a statement that has been started travel with the COMMIT. When it fails, the transaction does; what is wrong with
 * its rows must make the database refuse it, because nobody looks at them before the commit.
 */
export function withCommit(db: EntityManager, started: Promise<unknown>): void {
  const last = LAST.get(db);
  if (last === undefined) throw new Error('There is no transaction to commit.');
  started.catch(() => undefined);
  last.push(started);
}
