import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-postgres';

let dir: string;
let server: EmbeddedPostgres | undefined;

async function start(port?: number): Promise<EmbeddedPostgres> {
  server = await startEmbeddedPostgres({ dir, durable: false, ...(port !== undefined && { port }) });
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orion-pg-spec-'));
});

afterAll(async () => {
  await server?.stop();
  await rm(server?.dir ?? dir, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
});

test('data is there again after stop and start, and after a crash', async () => {
  const first = await start();
  await query(first.url, 'CREATE TABLE kept (id int)');
  await first.stop();

  const second = await start();
  await query(second.url, 'INSERT INTO kept VALUES (1)');
  await query(second.url, 'CHECKPOINT');
  await second.kill();

  const third = await start();
  expect(await query(third.url, 'SELECT * FROM kept')).toHaveLength(1);
  await third.stop();
});

test('a folder in use is refused, naming the process', async () => {
  const running = await start();

  await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(`in use by process ${process.pid}`);
  await running.stop();
});

test('a taken port is told clearly', async () => {
  const running = await start();

  await expect(startEmbeddedPostgres({ dir: `${dir}-other`, port: running.port })).rejects.toThrow(
    `Port ${running.port} on 127.0.0.1 is taken by another process`,
  );
  await running.stop();
});
