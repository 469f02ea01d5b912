import { waitUntil, type Platform } from '@orion/testing';
import type { Figure } from './figure';
import {
  anotherTenant,
  flatBlueprint,
  removeRange,
  setSlots,
  submitDeploy,
  tookMs,
  type JobReading,
} from './range-deploys';

const LARGE = 200;
const SMALL = 2;

interface StepReading {
  readonly host: string | null;
  readonly dispatchedAt: string | null;
  readonly endedAt: string | null;
}

/**
 * How long a deploy of two nodes takes alone, and behind another tenant's deploy of two hundred; held to twice the first plus
 * the longest step that takes a slot.
 */
export async function fairnessBench(platform: Platform): Promise<readonly Figure[]> {
  const { client, siteId } = platform;
  await setSlots(platform, 2, 4);
  const other = await anotherTenant(platform);
  const [large, small] = [await flatBlueprint(client, LARGE), await flatBlueprint(other, SMALL)];
  const alone: number[] = [];
  for (let run = 0; run < 3; run++) {
    const { jobId, rangeId } = await submitDeploy(other, siteId, small);
    alone.push(await tookMs(other, jobId));
    await removeRange(other, rangeId);
  }
  const aloneMs = Math.min(...alone.slice(1));

  const first = await submitDeploy(client, siteId, large);
  await waitUntil(
    () => client.get<JobReading>(`/jobs/${first.jobId}`),
    ({ progress }) => progress.done >= LARGE / 4,
    { timeoutMs: 60_000, intervalMs: 50, describe: 'the large deploy to be under way' },
  );
  const behind = await submitDeploy(other, siteId, small);
  const behindMs = await tookMs(other, behind.jobId);
  const { progress } = await client.get<JobReading>(`/jobs/${first.jobId}`);
  const { items } = await client.get<{ items: readonly StepReading[] }>(`/jobs/${first.jobId}/steps?limit=200`);
  const longestMs = Math.max(...items.filter(({ host }) => host !== null).map(lengthMs));
  await tookMs(client, first.jobId);
  return [
    {
      name: 'fairness.ratio',
      value: behindMs / (2 * aloneMs + longestMs),
      unit: 'time behind another tenant / (2 x time alone + longest step)',
      target: '<= 1',
      context: {
        ...{ aloneMs, behindMs, longestStepMs: longestMs, nodes: SMALL, behindNodes: LARGE },
        largeDoneShare: Math.round((progress.done / progress.total) * 100) / 100,
      },
    },
  ];
}

function lengthMs({ dispatchedAt, endedAt }: StepReading): number {
  return dispatchedAt === null || endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(dispatchedAt);
}
