import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Test } from '@nestjs/testing';
import { JobQueueModule, JobWaker, parseWakeUp, QUEUES, WORKER_DEFAULTS, type WakeUp } from '@orion/job-queue';
import { registerTestResource, startRedis, waitFor } from '@orion/testing';
import type { Job } from 'bullmq';
import { randomUUID } from 'node:crypto';

import type { Caller } from '../http/caller';
import { JobRelay } from './job-relay';

@Processor(QUEUES.advanceJob, WORKER_DEFAULTS)
class Orchestrator extends WorkerHost {
  readonly heard: string[] = [];

  process({ data }: Job<WakeUp>): Promise<void> {
    this.heard.push(parseWakeUp(data).jobId);
    return Promise.resolve();
  }
}

const caller = { principal: { tenantId: randomUUID() } } as Pick<Caller, 'principal'> as Caller;

let waker: JobWaker;
let orchestrator: Orchestrator;
beforeAll(async () => {
  const queue = JobQueueModule.forRoot({ backend: 'redis', url: (await startRedis()).url });
  const app = await (await Test.createTestingModule({ imports: [queue], providers: [Orchestrator] }).compile()).init();
  registerTestResource({ dispose: () => app.close() });
  [waker, orchestrator] = [app.get(JobWaker), app.get(Orchestrator)];
});

const hears = (jobId: string) => waitFor(() => orchestrator.heard.includes(jobId));

/** A relay in whose gateway ten requests wait for their acceptance; `accept` ends their waiting. */
function crowdedRelay() {
  const relay = new JobRelay(waker);
  let accept: () => void = () => undefined;
  const accepted = new Promise<void>((resolve) => (accept = resolve));
  const waiting = Array.from({ length: 10 }, () => relay.whileAccepting(() => accepted));
  return { relay, accept: () => (accept(), Promise.all(waiting)) };
}

test('a job that is accepted alone is told at once', async () => {
  const relay = new JobRelay(waker);
  const jobId = randomUUID();
  await relay.whileAccepting(() => Promise.resolve(relay.announce(jobId, caller)));
  await hears(jobId);
});

test('while many wait for their acceptance what is accepted waits for them, and is told then', async () => {
  const { relay, accept } = crowdedRelay();
  const [held, after] = [randomUUID(), randomUUID()];
  relay.announce(held, caller);
  await waker.wake({ jobId: after });
  await hears(after);
  expect(orchestrator.heard).not.toContain(held);
  await accept();
  await hears(held);
});

test('but it does not wait for ever', async () => {
  const { relay, accept } = crowdedRelay();
  const jobId = randomUUID();
  relay.announce(jobId, caller);
  await hears(jobId);
  await accept();
});

test('a gateway that ends tells what it holds first', async () => {
  const { relay, accept } = crowdedRelay();
  const [held, after] = [randomUUID(), randomUUID()];
  relay.announce(held, caller);
  relay.onApplicationShutdown();
  await waker.wake({ jobId: after });
  await hears(after);
  expect(orchestrator.heard).toContain(held);
  await accept();
});
