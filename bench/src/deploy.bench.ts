import { lowerBound, oneAfterAnotherMs, type TimedStep } from '@orion/domain';
import { waitUntil, type Platform } from '@orion/testing';
import type { Figure } from './figure';

/** What the bench reads of the simulator's latency profile, milliseconds after its time factor. */
interface Profile {
  readonly linkedClone: number;
  readonly protectedCall: number;
  readonly start: number;
  readonly boot: number;
}
interface JobReading {
  readonly id: string;
  readonly state: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly error: unknown;
}
interface StepReading {
  readonly kind: string;
  readonly subject: string;
  readonly host: string | null;
  readonly storage: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}
interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const ENDED = ['succeeded', 'failed', 'cancelled'];

/**
 * Deploys `nodes` independent machines and compares the time from the request to the end of the job with the least time
 * in which the same steps can be done on the same slots.
 */
export async function deployBench(platform: Platform, nodes: number, factor: number): Promise<readonly Figure[]> {
  const { client, siteId, simulator } = platform;
  const { id: blueprintId } = await client.request<{ id: string }>('POST', '/blueprints', {
    text: blueprint(nodes),
    mediaType: 'application/yaml',
  });
  const { job, range } = await client.post<{ job: JobReading; range: { id: string } }>('/ranges', {
    name: `bench-${nodes}`,
    blueprintId,
    siteId,
  });
  const ended = await jobEnds(platform, job.id);
  if (ended.state !== 'succeeded' || ended.endedAt === null)
    throw new Error(`The deploy ended ${ended.state}: ${JSON.stringify(ended.error)}`);
  const actualMs = Date.parse(ended.endedAt) - Date.parse(ended.createdAt);

  const site = await client.get<{ hostSlots: number; storageSlots: number }>(`/sites/${siteId}`);
  const profile = await effectiveProfile(simulator);
  const steps = await stepsOf(platform, job.id);
  const timed = timedSteps(steps, profile);
  const bound = lowerBound(timed, { perHost: site.hostSlots, perStorage: site.storageSlots });

  const destroy = await client.request<{ job: JobReading }>('DELETE', `/ranges/${range.id}`);
  await jobEnds(platform, destroy.job.id);
  const context = {
    nodes,
    factor,
    hostSlots: site.hostSlots,
    storageSlots: site.storageSlots,
    actualMs,
    boundMs: Math.round(bound.boundMs),
  };
  return [
    { name: 'deploy.ratio', value: bound.boundMs / actualMs, unit: 'bound/actual', target: '>= 0.95', context },
    {
      name: 'deploy.polling.ms',
      value: overheadMs(steps, profile),
      unit: 'ms a node',
      context: {
        nodes,
        what: 'measured step times beyond the profile: polling, calls and events, summed over the steps of a node',
      },
    },
    {
      name: 'deploy.speedup',
      value: oneAfterAnotherMs(timed) / actualMs,
      unit: 'times a client that does one VM after another',
      context: { nodes },
    },
  ];
}

function blueprint(nodes: number): string {
  return [
    'schemaVersion: 1',
    `name: bench-${nodes}`,
    'networks: [{ name: lan, cidr: 10.77.0.0/16 }]',
    'nodes:',
    `  - { name: vm, count: ${nodes}, template: debian-12, resources: { cpus: 1, memoryMiB: 512 },`,
    '      interfaces: [{ network: lan }], readiness: { guestAgent: true, timeoutSeconds: 600 } }',
  ].join('\n');
}

function jobEnds({ client }: Platform, jobId: string): Promise<JobReading> {
  return waitUntil(
    () => client.get<JobReading>(`/jobs/${jobId}`),
    (job) => ENDED.includes(job.state),
    { timeoutMs: 600_000, intervalMs: 250, describe: `the end of job ${jobId}` },
  );
}

async function effectiveProfile(simulator: Platform['simulator']): Promise<Profile> {
  const { factor, milliseconds: profile } = await simulator.get<{ factor: number; milliseconds: Profile }>('/profile');
  return {
    linkedClone: profile.linkedClone * factor,
    protectedCall: profile.protectedCall * factor,
    start: profile.start * factor,
    boot: profile.boot * factor,
  };
}

async function stepsOf({ client }: Platform, jobId: string): Promise<readonly StepReading[]> {
  const steps: StepReading[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page<StepReading> = await client.get(`/jobs/${jobId}/steps?limit=200${cursor && `&cursor=${cursor}`}`);
    steps.push(...page.items);
    cursor = page.nextCursor;
  }
  return steps;
}

/** The least that each kind of step takes: its task and one call. */
function leastMs(kind: string, profile: Profile): number {
  switch (kind) {
    case 'vm.clone':
      return profile.linkedClone + profile.protectedCall;
    case 'vm.configure':
      return profile.protectedCall;
    case 'vm.start':
      return profile.start + profile.protectedCall;
    case 'vm.ready':
      return profile.boot;
    default:
      return 0;
  }
}

const AFTER: Readonly<Record<string, string>> = {
  'vm.configure': 'vm.clone',
  'vm.start': 'vm.configure',
  'vm.ready': 'vm.start',
};

function timedSteps(steps: readonly StepReading[], profile: Profile): readonly TimedStep[] {
  return steps
    .filter(({ kind }) => kind.startsWith('vm.'))
    .map(({ kind, subject, host, storage }) => ({
      key: `${kind} ${subject}`,
      dependsOn: AFTER[kind] === undefined ? [] : [`${AFTER[kind]} ${subject}`],
      durationMs: leastMs(kind, profile),
      ...(host !== null && { host }),
      ...(storage !== null && { storage }),
    }));
}

function overheadMs(steps: readonly StepReading[], profile: Profile): number {
  const nodes = new Set(steps.filter(({ kind }) => kind === 'vm.clone').map(({ subject }) => subject)).size;
  const beyond = steps
    .filter(({ kind }) => kind.startsWith('vm.'))
    .reduce((sum, { kind, startedAt, endedAt }) => {
      if (startedAt === null || endedAt === null) return sum;
      return sum + Date.parse(endedAt) - Date.parse(startedAt) - leastMs(kind, profile);
    }, 0);
  return beyond / nodes;
}
