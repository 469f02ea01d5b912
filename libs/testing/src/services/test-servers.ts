import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedPostgres,
  startNatsServer,
  startRedisServer,
  type EmbeddedPostgres,
  type NativeServer,
  type NatsOptions,
  type RedisOptions,
} from '@orion/runtime';
import { registerTestResource } from '../jest/test-resources';

/** A Redis of the file's own, ended with it. ORION_TEST_REDIS_URL names one to use instead, which cannot be controlled. */
export function startRedis(options: Omit<RedisOptions, 'dir'> = {}): Promise<NativeServer> {
  const given = process.env['ORION_TEST_REDIS_URL'];
  if (given) return Promise.resolve(beyondControl(given, 'ORION_TEST_REDIS_URL'));
  return inOwnFolder('redis', (dir) => startRedisServer({ ...options, dir }));
}

/** A NATS server of the file's own, ended with it. ORION_TEST_NATS_URL names one for tests that ask for no users. */
export function startNats(options: Omit<NatsOptions, 'dir'> = {}): Promise<NativeServer> {
  const given = process.env['ORION_TEST_NATS_URL'];
  if (given && !options.users) return Promise.resolve(beyondControl(given, 'ORION_TEST_NATS_URL'));
  return inOwnFolder('nats', (dir) => startNatsServer({ ...options, dir }));
}

/** A PostgreSQL of the file's own, for tests that stop or kill it; others share one by `createTestDatabase`. */
export function startPostgres(): Promise<EmbeddedPostgres> {
  return inOwnFolder('postgres', (dir) => startEmbeddedPostgres({ dir, durable: false }));
}

async function inOwnFolder<S extends NativeServer | EmbeddedPostgres>(
  name: string,
  start: (dir: string) => Promise<S>,
): Promise<S> {
  const dir = await mkdtemp(join(tmpdir(), `orion-${name}-`));
  const server = await start(dir);
  registerTestResource({
    onFailure: () => {
      if ('log' in server) console.error(`${name} wrote:\n${server.log}`);
    },
    dispose: async () => {
      await server.stop();
      if ('dir' in server) await rm(server.dir, { recursive: true, force: true });
      await rm(dir, { recursive: true, force: true });
    },
  });
  return server;
}

function beyondControl(url: string, variable: string): NativeServer {
  const refuse = (): never => {
    throw new Error(`This test controls its server, which it cannot do with the one of ${variable}; unset that.`);
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: undefined,
    log: '',
    stop: () => Promise.resolve(),
    kill: async () => refuse(),
    restart: async () => refuse(),
    freeze: refuse,
    thaw: refuse,
  };
}
