import { createTestDatabase, startLinkProxy } from '@orion/testing';
import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';

import { createDataSource } from './connection';
import { execute, statement } from './statement';
import { transaction, withCommit } from './transaction';

const ADD = statement('spec-add', `INSERT INTO mark (name) VALUES ($1) RETURNING name`);
const READ = statement('spec-read', `SELECT name FROM mark ORDER BY name`);
const BACKEND = statement('spec-backend', `SELECT pg_backend_pid() AS pid`);

let source: DataSource;
beforeAll(async () => {
  const { url } = await createTestDatabase();
  source = await createDataSource({ url, applicationName: 'spec', poolSize: 1 }).initialize();
  await source.query(`CREATE TABLE mark (name text PRIMARY KEY)`);
});
beforeEach(() => source.query(`TRUNCATE mark`));
afterAll(() => source.destroy());

const marks = async () =>
  (await source.query<{ name: string }[]>(`SELECT name FROM mark ORDER BY name`)).map(({ name }) => name);

test('statements that are started together run in their order, in one transaction', async () => {
  const seen = await transaction(source, async (db) => {
    const [, rows] = await Promise.all([
      execute(db, ADD, ['first']),
      execute<{ name: string }>(db, READ),
      execute(db, ADD, ['second']),
    ]);
    expect(await marksElsewhere()).toEqual([]);
    return rows;
  });

  expect(seen).toEqual([{ name: 'first' }]);
  expect(await marks()).toEqual(['first', 'second']);
});

test('what travels with the commit is in it', async () => {
  await transaction(source, async (db) => {
    await execute(db, ADD, ['early']);
    withCommit(db, execute(db, ADD, ['late']));
  });

  expect(await marks()).toEqual(['early', 'late']);
});

test('a statement that fails with the commit takes the whole transaction with it', async () => {
  const attempt = transaction(source, async (db) => {
    await execute(db, ADD, ['one']);
    withCommit(db, execute(db, ADD, ['one']));
    withCommit(db, execute(db, ADD, ['two']));
  });

  await expect(attempt).rejects.toMatchObject({ code: '23505' });
  expect(await marks()).toEqual([]);
});

test('a failure that its caller swallows does not pass for a commit', async () => {
  const attempt = transaction(source, async (db) => {
    await execute(db, ADD, ['one']);
    await execute(db, ADD, ['one']).catch(() => undefined);
  });

  await expect(attempt).rejects.toThrow('ROLLBACK instead of COMMIT');
  expect(await marks()).toEqual([]);
});

test('work that throws leaves nothing, and the connection serves the next one', async () => {
  const backend = (db: Parameters<typeof execute>[0]) => execute<{ pid: number }>(db, BACKEND);
  const before = await transaction(source, backend);
  const attempt = transaction(source, async (db) => {
    await execute(db, ADD, ['one']);
    throw new Error('no');
  });

  await expect(attempt).rejects.toThrow('no');
  expect(await marks()).toEqual([]);
  expect(await transaction(source, backend)).toEqual(before);
});

test('nothing can be done in a transaction that has ended', async () => {
  const db = await transaction(source, async (open) => open);

  await expect(execute(db, ADD, ['late'])).rejects.toThrow('needs a transaction');
  expect(await marks()).toEqual([]);
});

test('a connection that is cut in the middle fails the work and is replaced', async () => {
  const attempt = transaction(source, async (db) => {
    await execute(db, ADD, ['one']);
    await execute(db, statement('spec-cut', `SELECT pg_terminate_backend(pg_backend_pid())`));
  });

  await expect(attempt).rejects.toThrow();
  expect(await marks()).toEqual([]);
});

test('work on a connection that broke between two statements fails by that, whatever it tried next', async () => {
  const link = await startLinkProxy({ port: Number(new URL(urlOf(source)).port) });
  const url = Object.assign(new URL(urlOf(source)), { port: String(link.port) }).href;
  const through = await createDataSource({ url, applicationName: 'spec-through', poolSize: 1 }).initialize();
  const attempt = transaction(through, async (db) => {
    const client = (await db.queryRunner?.connect()) as ClientBase;
    await execute(db, ADD, ['one']);
    const broken = new Promise((resolve) => client.once('end', resolve));
    link.drop();
    await broken;
    await execute(db, ADD, ['two']);
  });

  await expect(attempt).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await marks()).toEqual([]);
  await through.destroy();
  await link.close();
});

/** As a connection of its own sees them. */
async function marksElsewhere(): Promise<unknown> {
  const other = await createDataSource({ url: urlOf(source), applicationName: 'spec-other' }).initialize();
  try {
    return await other.query(`SELECT name FROM mark`);
  } finally {
    await other.destroy();
  }
}

function urlOf({ options }: DataSource): string {
  return 'url' in options && typeof options.url === 'string' ? options.url : '';
}
