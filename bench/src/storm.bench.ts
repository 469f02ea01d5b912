import { setTimeout as delay } from 'node:timers/promises';
import { RestError } from '@orion/rest-client';
import type { Platform } from '@orion/testing';
import { percentile, type Figure } from './figure';
import { flatBlueprint, setSlots, submitDeploy, tookMs } from './range-deploys';

const AT_ONCE = 50;
const STORMS = 3;
/** Four steps a node: a thousand in all. */
const NODES = 250;
const READS = 150;
const BETWEEN_READS_MS = 40;

/**
 * Submissions that come all at once, and how fast the API reads while a thousand steps run, beside an idle one. The first
 * storm finds a process that has never answered so many; it is told apart, as is one that comes while the work of others is
 * under way.
 */
export async function stormBench(platform: Platform): Promise<readonly Figure[]> {
  const { client, siteId } = platform;
  await setSlots(platform, 8, 16);
  const one = await flatBlueprint(client, 1);
  const { jobId } = await submitDeploy(client, siteId, one);
  await tookMs(client, jobId);

  const idle = await readTimes(platform, jobId);
  const cold = await storms(platform, one, { count: 1, settled: true });
  const storm = await storms(platform, one, { count: STORMS, settled: true });
  const crowded = await storms(platform, one, { count: STORMS, settled: false });
  await Promise.all(crowded.jobs.map((job) => tookMs(client, job)));

  const large = await submitDeploy(client, siteId, await flatBlueprint(client, NODES));
  await delay(1_000);
  const busy = await readTimes(platform, large.jobId);
  const largeMs = await tookMs(client, large.jobId);
  const [idleMs, busyMs] = [percentile(idle, 0.95), percentile(busy, 0.95)];
  return [
    {
      name: 'storm.submit.p95.ms',
      value: percentile(storm.times, 0.95),
      unit: 'ms',
      target: '< 300',
      context: {
        atOnce: AT_ONCE,
        storms: STORMS,
        accepted: storm.jobs.length,
        refused: storm.refused,
        refusedInOthers: cold.refused + crowded.refused,
        lost: storm.lost + cold.lost + crowded.lost,
        firstStormMs: percentile(cold.times, 0.95),
        stormUponStormMs: percentile(crowded.times, 0.95),
      },
    },
    {
      name: 'storm.read.p95.ms',
      value: busyMs,
      unit: 'ms',
      target: '< 300',
      context: { idleMs, steps: NODES * 4 + 1, deployMs: largeMs, reads: busy.length },
    },
    {
      name: 'storm.read.ratio',
      value: percentile(busy, 0.5) / percentile(idle, 0.5),
      unit: 'median while a thousand steps run / idle',
      context: { busyMs: percentile(busy, 0.5), idleMs: percentile(idle, 0.5) },
    },
  ];
}

interface Storm {
  readonly times: readonly number[];
  readonly jobs: readonly string[];
  readonly refused: number;
  readonly lost: number;
}

/** `settled`: each storm comes when the work of the one before is done; else half a second after it. */
async function storms(
  { client, siteId }: Platform,
  blueprintId: string,
  { count, settled }: { readonly count: number; readonly settled: boolean },
): Promise<Storm> {
  const times: number[] = [];
  const jobs: string[] = [];
  let [refused, lost] = [0, 0];
  for (let storm = 0; storm < count; storm++) {
    const submit = async (): Promise<void> => {
      const began = performance.now();
      try {
        jobs.push((await submitDeploy(client, siteId, blueprintId)).jobId);
      } catch (error) {
        if (error instanceof RestError && error.problem.status === 429) refused += 1;
        else lost += 1;
      }
      times.push(performance.now() - began);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, submit));
    if (settled) await Promise.all(jobs.map((job) => tookMs(client, job)));
    else await delay(500);
  }
  return { times, jobs, refused, lost };
}

/** What a client looks at, one after the other. */
async function readTimes({ client }: Platform, jobId: string): Promise<readonly number[]> {
  const paths = [`/jobs/${jobId}`, '/ranges?limit=20', `/jobs/${jobId}/steps?limit=50`, '/jobs?limit=20'];
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const began = performance.now();
    await client.get(paths[read % paths.length] as string);
    times.push(performance.now() - began);
    await delay(BETWEEN_READS_MS);
  }
  return times;
}
