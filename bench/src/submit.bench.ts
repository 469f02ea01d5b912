import { setTimeout as delay } from 'node:timers/promises';
import { RestError } from '@orion/rest-client';
import { waitFor, waitUntil, type Platform, type SpanCollector } from '@orion/testing';
import { percentile, type Figure } from './figure';

const RANGES = 100;
const IDLE_SUBMISSIONS = 200;
const RATE = 50;
const RATE_SECONDS = 12;

interface Submission {
  readonly traceId: string;
  readonly sentAt: number;
  readonly jobId: string;
}
interface JobReading {
  readonly id: string;
  readonly state: string;
}
/** A range of one node, which is stopped and started in turn: the lightest job that changes something. */
interface Toggle {
  readonly rangeId: string;
  running: boolean;
}

/**
 * From the sending of a request to the beginning of its command in the agent, through gateway, queue, orchestrator and
 * bus, with authentication, row-level security and tracing on. Both ends are read from the trace: the request's clock
 * and the agent's span are of one machine.
 */
export async function submitBench(
  platform: Platform,
  traces: SpanCollector,
  profile: string,
): Promise<readonly Figure[]> {
  const ranges = await deployRanges(platform);
  const figures: Figure[] = [];
  const measure = async (load: string, submissions: readonly Submission[], busy = 0): Promise<void> => {
    const samples = await Promise.all(submissions.map((submission) => latencyOf(traces, submission)));
    const context = {
      profile,
      load,
      submissions: samples.length,
      busy,
      through: 'gateway, queue, orchestrator, bus, agent',
    };
    figures.push(
      { name: 'submit.to.agent.ms.p50', value: percentile(samples, 0.5), unit: 'ms', target: '<= 12', context },
      { name: 'submit.to.agent.ms.p99', value: percentile(samples, 0.99), unit: 'ms', target: '<= 40', context },
    );
  };
  await oneByOne(platform, ranges, RANGES); // warms up connections and compiled code
  await measure('idle', await oneByOne(platform, ranges, IDLE_SUBMISSIONS));
  await atRate(platform, ranges, RATE, RATE * 2);
  const { submissions, busy } = await atRate(platform, ranges, RATE, RATE * RATE_SECONDS);
  await measure(`${RATE}/s`, submissions, busy);
  return figures;
}

/** Each once the job before has ended. */
async function oneByOne(platform: Platform, ranges: readonly Toggle[], count: number): Promise<readonly Submission[]> {
  const submissions: Submission[] = [];
  for (let i = 0; i < count; i++) {
    const submission = await toggle(platform, ranges[i % ranges.length] as Toggle);
    submissions.push(submission);
    await jobEnds(platform, submission.jobId);
  }
  return submissions;
}

/** At a fixed rate, whether or not earlier ones have ended; a range whose job has not is counted as busy. */
async function atRate(platform: Platform, ranges: readonly Toggle[], rate: number, count: number) {
  const began = performance.now();
  const pending: Promise<Submission | undefined>[] = [];
  for (let i = 0; i < count; i++) {
    await delay(Math.max(0, began + (i * 1_000) / rate - performance.now()));
    pending.push(toggle(platform, ranges[i % ranges.length] as Toggle).catch(onlyBusy));
  }
  const submissions = (await Promise.all(pending)).filter((submission) => submission !== undefined);
  await Promise.all(submissions.slice(-ranges.length).map(({ jobId }) => jobEnds(platform, jobId)));
  return { submissions, busy: count - submissions.length };
}

function onlyBusy(error: unknown): undefined {
  if (error instanceof RestError && error.problem.code === 'range.busy') return undefined;
  throw error;
}

async function toggle({ client }: Platform, range: Toggle): Promise<Submission> {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  const sentAt = performance.timeOrigin + performance.now();
  const { job } = await client.request<{ job: JobReading }>(
    'POST',
    `/ranges/${range.rangeId}/${range.running ? 'stop' : 'start'}`,
    { body: {}, headers: { traceparent: `00-${traceId}-${traceId.slice(0, 16)}-01` } },
  );
  range.running = !range.running;
  return { traceId, sentAt, jobId: job.id };
}

async function deployRanges(platform: Platform): Promise<readonly Toggle[]> {
  const { client, siteId } = platform;
  // Slots are waited for by design; what is measured here is the way.
  await client.request('PATCH', `/sites/${siteId}`, {
    body: { hostSlots: 100, storageSlots: 200 },
    headers: { 'if-match': '*' },
  });
  const { id: blueprintId } = await client.request<{ id: string }>('POST', '/blueprints', {
    text: [
      'schemaVersion: 1',
      'name: bench-one',
      'networks: [{ name: lan, cidr: 10.77.0.0/24 }]',
      'nodes: [{ name: vm, template: debian-12, resources: { cpus: 1, memoryMiB: 256 }, interfaces: [{ network: lan }] }]',
    ].join('\n'),
    mediaType: 'application/yaml',
  });
  return Promise.all(
    Array.from({ length: RANGES }, async (_, i) => {
      const body = { name: `bench-${i}`, blueprintId, siteId };
      const { job, range } = await client.post<{ job: JobReading; range: { id: string } }>('/ranges', body);
      await jobEnds(platform, job.id);
      return { rangeId: range.id, running: true };
    }),
  );
}

async function jobEnds({ client }: Platform, jobId: string): Promise<void> {
  const { state } = await waitUntil(
    () => client.get<JobReading>(`/jobs/${jobId}`),
    (job) => ['succeeded', 'failed', 'cancelled'].includes(job.state),
    { timeoutMs: 120_000, intervalMs: 20, describe: `the end of job ${jobId}` },
  );
  if (state !== 'succeeded') throw new Error(`Job ${jobId} ended ${state}.`);
}

async function latencyOf(traces: SpanCollector, { traceId, sentAt }: Submission): Promise<number> {
  const span = await waitFor(() => traces.spans(traceId).find(({ name }) => name.startsWith('agent ')), {
    timeoutMs: 60_000,
    intervalMs: 200,
    describe: `the agent's span of trace ${traceId}`,
  });
  return span.startMs - sentAt;
}
