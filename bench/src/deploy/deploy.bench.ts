import { oneAfterAnotherMs } from '@orion/domain';
import type { LatencyProfile } from '@orion/pve-simulator';
import { waitUntil, type Platform } from '@orion/testing';
import type { Figure } from '../figure';
import { cpuByPart } from './control-plane-cpu';
import { deployBoundMs, leastMs, timedSteps, type StepReading } from './deploy-bound';
import { benchBlueprint, SLOW_STORAGE, type DeployPoint } from './points';

interface JobReading {
  readonly id: string;
  readonly state: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly error: unknown;
}
interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const ENDED = ['succeeded', 'failed', 'cancelled'];
/** What serves any site; the agent belongs to one, the simulator to none. */
const CONTROL_PLANE = ['gateway', 'orchestrator', 'agent', 'postgresql', 'redis', 'nats'];

/**
 * Deploys a range and compares the time from the request to the end of the job with the least time in which the same
 * steps can be done on the same slots.
 */
export async function deployBench(platform: Platform, point: DeployPoint, factor: number): Promise<readonly Figure[]> {
  const { client, siteId } = platform;
  const { nodes } = point;
  await setSlots(platform, point);
  const { id: blueprintId } = await client.request<{ id: string }>('POST', '/blueprints', {
    text: benchBlueprint(nodes),
    mediaType: 'application/yaml',
  });
  const cpuBefore = cpuByPart(platform.process.pid ?? 0);
  const { job, range } = await client.post<{ job: JobReading; range: { id: string } }>('/ranges', {
    name: `bench-${nodes}`,
    blueprintId,
    siteId,
  });
  const ended = await jobEnds(platform, job.id);
  const cpuAfter = cpuByPart(platform.process.pid ?? 0);
  if (ended.state !== 'succeeded' || ended.endedAt === null)
    throw new Error(`The deploy ended ${ended.state}: ${JSON.stringify(ended.error)}`);
  const actualMs = Date.parse(ended.endedAt) - Date.parse(ended.createdAt);

  const profile = await effectiveProfile(platform.simulator);
  const steps = await stepsOf(platform, job.id);
  const timed = timedSteps(steps, profile);
  const boundMs = deployBoundMs(timed, profile, point);

  const destroy = await client.request<{ job: JobReading }>('DELETE', `/ranges/${range.id}`);
  await jobEnds(platform, destroy.job.id);
  const used = (part: string): number => ((cpuAfter.get(part) ?? 0) - (cpuBefore.get(part) ?? 0)) / nodes;
  const context = { hosts: 4, ...point };
  return [
    {
      name: 'deploy.ratio',
      value: boundMs / actualMs,
      unit: 'bound/actual',
      target: '>= 0.95',
      context: { ...context, factor, ...longer(), actualMs, boundMs: Math.round(boundMs) },
    },
    {
      name: 'deploy.polling.ms',
      value: overheadMs(steps, profile),
      unit: 'ms a node',
      context: { ...context, what: 'step times beyond the profile: polling, looks before and after, events' },
    },
    {
      name: 'deploy.speedup',
      value: oneAfterAnotherMs(timed) / actualMs,
      unit: 'times a client that does one VM after another',
      context: { ...context, oneAfterAnotherMs: Math.round(oneAfterAnotherMs(timed)) },
    },
    {
      name: 'deploy.cpu.ms',
      value: CONTROL_PLANE.reduce((sum, part) => sum + used(part), 0),
      unit: 'ms CPU of the control plane a VM',
      target: '< 25',
      context: {
        ...context,
        ...Object.fromEntries(CONTROL_PLANE.map((part) => [part, Number(used(part).toFixed(1))])),
      },
    },
  ];
}

/** What of the profile is not as recorded. */
function longer(): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(SLOW_STORAGE).map(([name, ms]) => [`${name}Ms`, ms]));
}

export async function setSlots({ client, siteId }: Platform, { hostSlots, storageSlots }: DeployPoint): Promise<void> {
  await client.request('PATCH', `/sites/${siteId}`, {
    body: { hostSlots, storageSlots },
    headers: { 'if-match': '*' },
  });
}

export function jobEnds({ client }: Platform, jobId: string): Promise<JobReading> {
  return waitUntil(
    () => client.get<JobReading>(`/jobs/${jobId}`),
    (job) => ENDED.includes(job.state),
    { timeoutMs: 600_000, intervalMs: 500, describe: `the end of job ${jobId}` },
  );
}

export async function effectiveProfile(simulator: Platform['simulator']): Promise<LatencyProfile> {
  const { factor, milliseconds } = await simulator.get<{ factor: number; milliseconds: LatencyProfile }>('/profile');
  return Object.fromEntries(Object.entries(milliseconds).map(([name, ms]) => [name, Number(ms) * factor])) as {
    [K in keyof LatencyProfile]: number;
  };
}

export async function stepsOf({ client }: Platform, jobId: string): Promise<readonly StepReading[]> {
  const steps: StepReading[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page<StepReading> = await client.get(`/jobs/${jobId}/steps?limit=200${cursor && `&cursor=${cursor}`}`);
    steps.push(...page.items);
    cursor = page.nextCursor;
  }
  return steps;
}

function overheadMs(steps: readonly StepReading[], profile: LatencyProfile): number {
  const nodes = new Set(steps.filter(({ kind }) => kind === 'vm.clone').map(({ subject }) => subject)).size;
  const beyond = steps
    .filter(({ kind }) => kind.startsWith('vm.'))
    .reduce((sum, { kind, startedAt, endedAt }) => {
      if (startedAt === null || endedAt === null) return sum;
      return sum + Date.parse(endedAt) - Date.parse(startedAt) - leastMs(kind, profile);
    }, 0);
  return beyond / nodes;
}
