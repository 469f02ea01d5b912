import { randomUUID } from 'node:crypto';

import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Test } from '@nestjs/testing';
import { createTestDatabase, registerTestResource, startRedis, waitFor } from '@orion/testing';
import type { Job } from 'bullmq';
import { Client } from 'pg';

import { JobQueueModule, JobWaker, migrateQueueSchema, parseWakeUp, QUEUES, WORKER_DEFAULTS } from '.';
import type { QueueOptions, WakeUp } from '.';

@Processor(QUEUES.advanceJob, WORKER_DEFAULTS)
class Listener extends WorkerHost {
  readonly heard: WakeUp[] = [];
  errors = 0;
  hold: Promise<void> | undefined;

  async process({ data }: Job<WakeUp>): Promise<void> {
    this.heard.push(parseWakeUp(data));
    await this.hold;
  }

  @OnWorkerEvent('error')
  onError(): void {
    this.errors += 1;
  }
}

async function start(options: QueueOptions) {
  const module = { imports: [JobQueueModule.forRoot(options)], providers: [Listener] };
  const app = await (await Test.createTestingModule(module).compile()).init();
  registerTestResource({ dispose: () => app.close() });
  return { waker: app.get(JobWaker), listener: app.get(Listener), stop: () => app.close() };
}

const openConnections = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;

const backends: Record<string, () => Promise<QueueOptions>> = {
  redis: async () => ({ backend: 'redis', url: (await startRedis()).url }),
  postgres: async () => {
    const { url } = await createTestDatabase();
    await migrateQueueSchema(url, []);
    await migrateQueueSchema(url, []);
    return { backend: 'postgres', url };
  },
};

describe.each(Object.keys(backends))('on %s', (backend) => {
  let queue: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    queue = await start(await (backends[backend] as () => Promise<QueueOptions>)());
  });

  test('a wake-up reaches a worker with its trace', async () => {
    const wakeUp = { jobId: randomUUID(), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

    expect(await queue.waker.wake(wakeUp)).toBe(true);

    const heard = await waitFor(() => queue.listener.heard.find(({ jobId }) => jobId === wakeUp.jobId));
    expect(heard.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
  });

  test('wake-ups of a job that is worked on become one more, and none is lost', async () => {
    const jobId = randomUUID();
    const times = () => queue.listener.heard.filter((heard) => heard.jobId === jobId).length;
    let release = (): void => undefined;
    queue.listener.hold = new Promise((resolve) => (release = resolve));
    await queue.waker.wake({ jobId });
    await waitFor(() => times() === 1);

    for (let i = 0; i < 5; i++) await queue.waker.wake({ jobId });
    queue.listener.hold = undefined;
    release();

    await waitFor(() => times() === 2);
    await queue.waker.wake({ jobId });
    await waitFor(() => times() === 3);
  });

  test('the queue can be asked whether it lives', async () => {
    expect(await queue.waker.ping()).toBeLessThan(1_000);
  });
});

test('a queue that is down refuses within half a second and never throws', async () => {
  const redis = await startRedis();
  const { waker } = await start({ backend: 'redis', url: redis.url });
  await waker.ping();
  await redis.kill();
  const begun = performance.now();

  expect(await waker.wake({ jobId: randomUUID() })).toBe(false);

  expect(performance.now() - begun).toBeLessThan(1_000);
  await expect(waker.ping(100)).rejects.toThrow();
  await redis.restart();
  await waitFor(() => waker.wake({ jobId: randomUUID() }));
});

describe.each(['stopped', 'frozen'] as const)('a Redis that is %s', (how) => {
  test('does not keep anybody from closing, and no connection stays open', async () => {
    const redis = await startRedis();
    const before = openConnections();
    const { waker, stop } = await start({ backend: 'redis', url: redis.url });
    await waker.wake({ jobId: randomUUID() });
    if (how === 'stopped') await redis.stop();
    else redis.freeze();
    const begun = performance.now();

    await stop();

    expect(performance.now() - begun).toBeLessThan(2_000);
    await waitFor(() => openConnections() <= before);
    if (how === 'frozen') redis.thaw();
  });
});

test('a close waits for what is being worked on, also when Redis is gone', async () => {
  const redis = await startRedis();
  const { waker, listener, stop } = await start({ backend: 'redis', url: redis.url });
  let finish = (): void => undefined;
  listener.hold = new Promise((resolve) => (finish = resolve));
  await waker.wake({ jobId: randomUUID() });
  await waitFor(() => listener.heard.length === 1);
  await redis.stop();
  let finished = false;

  const stopped = stop().then(() => finished);
  await expect(waker.ping(1_200)).rejects.toThrow();
  finished = true;
  finish();

  expect(await stopped).toBe(true);
});

test('a Redis that never was there does not keep anybody from closing', async () => {
  const redis = await startRedis();
  await redis.stop();
  const { stop } = await start({ backend: 'redis', url: redis.url });
  const begun = performance.now();

  await stop();

  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a service role uses the PostgreSQL back end by the grants of the migration alone', async () => {
  const { url } = await createTestDatabase();
  const role = `orion_queue_${randomUUID().slice(0, 8)}`;
  const owner = new Client(url);
  await owner.connect();
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'queue'`);
  try {
    await migrateQueueSchema(url, [role]);
    const asRole = new URL(url);
    [asRole.username, asRole.password] = [role, 'queue'];
    const { waker, listener, stop } = await start({ backend: 'postgres', url: asRole.href });
    await waker.wake({ jobId: randomUUID() });
    await waitFor(() => listener.heard.length === 1);
    await stop();
    expect(listener.errors).toBe(0);
  } finally {
    await owner.query(`DROP OWNED BY ${role}`);
    await owner.query(`DROP ROLE ${role}`);
    await owner.end();
  }
});
