import { startNativeServer, type NativeServer, type NativeServerOptions } from './native-server';

export interface RedisOptions extends NativeServerOptions {
  /** Writes each change to disk within a second, so that it survives `kill` and `restart`; false unless told. */
  readonly appendOnly?: boolean;
}

/** Starts a Redis that forgets nothing on its own (`noeviction`), as BullMQ asks. */
export function startRedisServer({ appendOnly = false, ...options }: RedisOptions): Promise<NativeServer> {
  return startNativeServer(
    {
      program: 'redis-server',
      scheme: 'redis',
      dockerImage: 'redis:7 redis-server --maxmemory-policy noeviction',
      dockerPort: 6379,
      urlVariable: 'ORION_TEST_REDIS_URL',
      greeting: { send: 'PING\r\n', answer: '+PONG' },
      args: (dir, port) => [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no'],
        ...['--save', '', '--appendonly', appendOnly ? 'yes' : 'no', '--maxmemory-policy', 'noeviction'],
      ],
    },
    options,
  );
}
