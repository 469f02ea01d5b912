import { setTimeout as delay } from 'node:timers/promises';
import { waitFor, type Platform, type SpanCollector } from '@orion/testing';
import { percentile, type Figure } from './figure';

const IDLE_SUBMISSIONS = 100;
const IDLE_PAUSE_MS = 40;
const RATE = 50;
const RATE_SECONDS = 8;

interface Submission {
  readonly traceId: string;
  readonly sentAt: number;
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
  const figures: Figure[] = [];
  const measure = async (load: string, submissions: readonly Submission[]): Promise<void> => {
    const samples = await Promise.all(submissions.map((submission) => latencyOf(traces, submission)));
    const context = { profile, load, submissions: samples.length, through: 'gateway, queue, orchestrator, bus, agent' };
    figures.push(
      { name: 'submit.to.agent.ms.p50', value: percentile(samples, 0.5), unit: 'ms', target: '<= 12', context },
      { name: 'submit.to.agent.ms.p99', value: percentile(samples, 0.99), unit: 'ms', target: '<= 40', context },
    );
  };
  await burst(platform, 20, IDLE_PAUSE_MS); // warms up connections and compiled code
  await measure('idle', await burst(platform, IDLE_SUBMISSIONS, IDLE_PAUSE_MS));
  await measure(`${RATE}/s`, await atRate(platform, RATE, RATE * RATE_SECONDS));
  return figures;
}

/** One after the other, each once the one before has been answered and a pause has passed. */
async function burst(platform: Platform, count: number, pauseMs: number): Promise<readonly Submission[]> {
  const submissions: Submission[] = [];
  for (let i = 0; i < count; i++) {
    submissions.push(await submit(platform));
    await delay(pauseMs);
  }
  return submissions;
}

/** At a fixed rate, whether or not the earlier ones have been answered. */
async function atRate(platform: Platform, rate: number, count: number): Promise<readonly Submission[]> {
  const began = performance.now();
  const pending: Promise<Submission>[] = [];
  for (let i = 0; i < count; i++) {
    await delay(Math.max(0, began + (i * 1_000) / rate - performance.now()));
    pending.push(submit(platform));
  }
  return Promise.all(pending);
}

async function submit({ client, siteId }: Platform): Promise<Submission> {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  const sentAt = performance.timeOrigin + performance.now();
  await client.request('POST', `/sites/${siteId}/checks`, {
    body: {},
    headers: { traceparent: `00-${traceId}-${traceId.slice(0, 16)}-01` },
  });
  return { traceId, sentAt };
}

async function latencyOf(traces: SpanCollector, { traceId, sentAt }: Submission): Promise<number> {
  const span = await waitFor(() => traces.spans(traceId).find(({ name }) => name.startsWith('agent ')), {
    timeoutMs: 60_000,
    intervalMs: 200,
    describe: `the agent's span of trace ${traceId}`,
  });
  return span.startMs - sentAt;
}
