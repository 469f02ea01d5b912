import { once } from 'node:events';
import { createServer } from 'node:net';
import { defineConfig } from '../config/define-config';
import { ConfigError } from '../config/load-config';
import { startHealthServer } from '../health/health-server';
import { defineService, type Service } from './service';

const config = defineConfig({ PORT: { type: 'port', default: 0, doc: 'Where it listens.' } });
const env = { ORION_LOG_LEVEL: 'silent', ORION_SHUTDOWN_TIMEOUT: '200ms' };
let events: string[];

beforeEach(() => {
  events = [];
});

function aService(stopSecond: () => Promise<void> = async () => undefined): Service {
  return defineService({
    name: 'sample',
    config,
    build: async ({ config: { PORT }, health, metrics, version, onStop }) => {
      health.add({ name: 'database', check: async () => ({ state: 'up' }) });
      const server = await startHealthServer({ host: '127.0.0.1', port: PORT, health, metrics, version });
      onStop('health server', async () => {
        events.push('first');
        await server.stop();
      });
      onStop('second', async () => {
        events.push('second');
        await stopSecond();
      });
      return { health: server.url };
    },
  });
}

test('a service answers for its health, version and metrics while it runs', async () => {
  const { urls, stop } = await aService().start(env);
  const answer = (path: string): Promise<Response> =>
    fetch(`${urls['health']}${path}`, { headers: { connection: 'close' } });

  expect(await (await answer('/health')).json()).toMatchObject({ state: 'up', checks: { database: { state: 'up' } } });
  expect((await answer('/health/ready')).status).toBe(200);
  expect(await (await answer('/version')).json()).toEqual({ version: '0.1.0', commit: expect.any(String) });
  expect(await (await answer('/metrics')).text()).toContain('orion_build_info{service="sample"');
  expect((await answer('/other')).status).toBe(404);
  await stop();
});

test('parts stop in the reverse order of their start, once, however often stop is called', async () => {
  const { stop } = await aService().start(env);

  await expect(Promise.all([stop(), stop()])).resolves.toEqual([[], []]);
  expect(events).toEqual(['second', 'first']);
});

test('a part that hangs or fails is named, and does not keep the others from stopping', async () => {
  const hanging = await aService(() => new Promise(() => undefined)).start(env);
  const failing = await aService(() => Promise.reject(new Error('no'))).start(env);

  expect(await hanging.stop()).toEqual(['second']);
  expect(await failing.stop()).toEqual(['second']);
  expect(events).toEqual(['second', 'first', 'second', 'first']);
});

test('what a failed start has begun is stopped', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = (taken.address() as { port: number }).port;
  const failing = defineService({
    name: 'sample',
    config,
    build: async ({ health, metrics, version, onStop }) => {
      onStop('first', () => void events.push('first'));
      await startHealthServer({ host: '127.0.0.1', port, health, metrics, version });
    },
  });

  await expect(failing.start(env)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(events).toEqual(['first']);
  taken.close();
});

test('several instances run in one process', async () => {
  const instances = await Promise.all([aService().start(env), aService().start(env)]);

  expect(new Set(instances.map(({ urls }) => urls['health'])).size).toBe(2);
  await Promise.all(instances.map(({ stop }) => stop()));
});

test('a wrong environment starts nothing', async () => {
  await expect(aService().start({ ...env, PORT: 'many' })).rejects.toThrow(ConfigError);
  expect(events).toEqual([]);
});
