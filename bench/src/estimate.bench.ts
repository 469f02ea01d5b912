import { waitUntil, type Platform } from '@orion/testing';
import { percentile, type Figure } from './figure';
import { flatBlueprint, removeRange, setSlots, submitDeploy, tookMs, type JobReading } from './range-deploys';

/** Nodes, slots of a host and of a storage: whatever binds, the estimate must know it. */
const POINTS = [
  [3, 1, 2],
  [8, 1, 4],
  [20, 2, 4],
  [12, 4, 2],
  [40, 2, 6],
  [30, 4, 8],
  [6, 8, 16],
  [60, 4, 6],
  [25, 1, 8],
  [80, 8, 8],
] as const;

/**
 * The estimated end as it is told once half of a deploy's steps are done, against the true one: the error over the time that
 * was left (strict) and over the whole time. One deploy at a time; the first ones come before anything was measured.
 */
export async function estimateBench(platform: Platform, factor: number): Promise<readonly Figure[]> {
  const { client, siteId } = platform;
  const ofRest: number[] = [];
  const ofWhole: number[] = [];
  for (const [nodes, hostSlots, storageSlots] of POINTS) {
    await setSlots(platform, hostSlots, storageSlots);
    const { jobId, rangeId } = await submitDeploy(client, siteId, await flatBlueprint(client, nodes));
    const half = await waitUntil(
      () => client.get<JobReading>(`/jobs/${jobId}`),
      ({ progress, state }) => (progress.total > 0 && progress.done * 2 >= progress.total) || state === 'failed',
      { timeoutMs: 120_000, intervalMs: 50, describe: 'half of the steps to be done' },
    );
    const readAt = Date.now();
    const totalMs = await tookMs(client, jobId);
    const { createdAt, endedAt } = await client.get<JobReading>(`/jobs/${jobId}`);
    if (half.estimatedEndAt === null || endedAt === null)
      throw new Error('The deploy has no estimate at half progress.');
    const errorMs = Math.abs(Date.parse(half.estimatedEndAt) - Date.parse(endedAt));
    ofRest.push(errorMs / (Date.parse(endedAt) - readAt));
    ofWhole.push(errorMs / (Date.parse(endedAt) - Date.parse(createdAt)));
    process.stderr.write(
      `estimate: ${nodes} nodes, ${hostSlots}/${storageSlots} slots: ${totalMs} ms, ` +
        `${Date.parse(endedAt) - readAt} ms left, ${Date.parse(half.estimatedEndAt) - Date.parse(endedAt)} ms off\n`,
    );
    await removeRange(client, rangeId);
  }
  const context = { jobs: POINTS.length, factor, atProgress: '>= 0.5' };
  return [
    {
      name: 'estimate.error',
      value: percentile(ofRest, 0.5),
      unit: 'median of |estimated - true end| / time left',
      target: '< 0.2',
      context: { ...context, largest: Math.round(Math.max(...ofRest) * 100) / 100 },
    },
    {
      name: 'estimate.error.whole',
      value: percentile(ofWhole, 0.5),
      unit: 'median of |estimated - true end| / whole time',
      context: { ...context, largest: Math.round(Math.max(...ofWhole) * 100) / 100 },
    },
  ];
}
