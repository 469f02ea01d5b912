import type { LatencyProfile } from '@orion/pve-simulator';
import type { Platform } from '@orion/testing';
import type { StepReading } from '../deploy/deploy-bound';
import { effectiveProfile, jobEnds, setSlots, stepsOf } from '../deploy/deploy.bench';
import { benchBlueprint, SLOW_STORAGE, type DeployPoint } from '../deploy/points';
import type { Figure } from '../figure';
import { stageBoundMs } from './reset-bound';

export const RESET_POINTS: readonly DeployPoint[] = [
  { nodes: 10, hostSlots: 2, storageSlots: 6 },
  { nodes: 50, hostSlots: 3, storageSlots: 6 },
  { nodes: 200, hostSlots: 8, storageSlots: 16 },
];

/** As on a storage and on hosts that others use as well; all else as recorded. */
export const SLOW_RESET = {
  ...SLOW_STORAGE,
  shutdown: 4_000,
  snapshotStopped: 3_000,
  rollbackStopped: 3_000,
  rollbackRunning: 4_000,
} as const satisfies Partial<LatencyProfile>;

/** Kinds of a baseline's first stage; the others are of its last. */
const HALTING = ['vm.stop', 'vm.snapshot'];

interface Ended {
  readonly id: string;
  readonly tookMs: number;
  readonly result: unknown;
}

/**
 * Takes a baseline of a range and returns to it. Beside it the time in which the same range is destroyed and deployed again. A
 * small range goes before, by which the agent learns how long things take.
 */
export async function resetBench(platform: Platform, point: DeployPoint): Promise<readonly Figure[]> {
  const { client, siteId } = platform;
  await setSlots(platform, point);
  const { id: blueprintId } = await client.request<{ id: string }>('POST', '/blueprints', {
    text: benchBlueprint(point.nodes).replace('name: bench-', 'name: reset-'),
    mediaType: 'application/yaml',
  });
  const name = `reset-${point.nodes}`;
  const { job, range } = await client.post<{ job: { id: string }; range: { id: string } }>('/ranges', {
    ...{ name, blueprintId, siteId },
  });
  const deploy = await ends(platform, job.id);
  const ask = async (path: string, body: object): Promise<Ended> => {
    const accepted = await client.post<{ job: { id: string } }>(`/ranges/${range.id}/${path}`, body);
    return ends(platform, accepted.job.id);
  };

  const baseline = await ask('baselines', { name: 'bench' });
  const reset = await ask('resets', {});
  if ((reset.result as { proven?: boolean } | null)?.proven !== true) throw new Error('The reset is not proven.');

  const profile = await effectiveProfile(platform.simulator);
  const halted = (steps: readonly StepReading[], halting: boolean): readonly StepReading[] =>
    steps.filter(({ kind }) => HALTING.includes(kind) === halting);
  const baselineSteps = await stepsOf(platform, baseline.id);
  const baselineBoundMs =
    stageBoundMs(halted(baselineSteps, true), profile, point) +
    stageBoundMs(halted(baselineSteps, false), profile, point);
  const resetBoundMs = stageBoundMs(await stepsOf(platform, reset.id), profile, point);

  const { job: removal } = await client.request<{ job: { id: string } }>('DELETE', `/ranges/${range.id}`);
  const destroy = await ends(platform, removal.id);
  const context = { hosts: 4, ...point, ...SLOW_RESET };
  return [
    {
      name: 'baseline.ratio',
      value: baselineBoundMs / baseline.tookMs,
      unit: 'bound/actual',
      target: '>= 0.95',
      context: { ...context, actualMs: baseline.tookMs, boundMs: Math.round(baselineBoundMs) },
    },
    {
      name: 'reset.ratio',
      value: resetBoundMs / reset.tookMs,
      unit: 'bound/actual',
      target: '>= 0.95',
      context: {
        ...context,
        actualMs: reset.tookMs,
        boundMs: Math.round(resetBoundMs),
        destroyAndRedeployMs: destroy.tookMs + deploy.tookMs,
      },
    },
    {
      name: 'reset.overhead.ms',
      value: reset.tookMs - resetBoundMs,
      unit: 'ms beyond the bound',
      ...(point.nodes === 10 && { target: '< 1000' }),
      context,
    },
  ];
}

async function ends(platform: Platform, jobId: string): Promise<Ended> {
  const job = (await jobEnds(platform, jobId)) as Awaited<ReturnType<typeof jobEnds>> & { readonly result?: unknown };
  if (job.state !== 'succeeded' || job.endedAt === null)
    throw new Error(`The job ended ${job.state}: ${JSON.stringify(job.error)}`);
  return { id: jobId, tookMs: Date.parse(job.endedAt) - Date.parse(job.createdAt), result: job.result };
}
