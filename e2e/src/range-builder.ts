import { randomUUID } from 'node:crypto';
import type { RestClient } from '@orion/rest-client';
import { waitUntil } from '@orion/testing';

export interface JobReading {
  readonly id: string;
  readonly kind: string;
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly attempt: number;
  readonly progress: { readonly done: number; readonly total: number };
  readonly error: {
    readonly code: string;
    readonly detail: string;
    readonly hint?: string;
    readonly facts?: Record<string, unknown>;
  } | null;
  readonly result: unknown;
}
export interface NodeReading {
  readonly name: string;
  readonly state: string;
  readonly hint: string | null;
  readonly host: string;
  readonly vmId: number;
  readonly interfaces: readonly {
    readonly network: string;
    readonly mac: string;
    readonly address: string;
    readonly observed: readonly string[];
  }[];
  readonly observedAddresses: readonly string[];
}
export interface RangeReading {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly nodes: readonly NodeReading[];
  readonly networks: readonly {
    readonly name: string;
    readonly vlanTag: number;
    readonly mode: 'vlan' | 'sdn';
    readonly vnet: string | null;
    readonly zone: string | null;
  }[];
}
export interface Accepted {
  readonly job: JobReading;
  readonly range: { readonly id: string };
}

const ENDED = ['succeeded', 'failed', 'cancelled'];

/** A blueprint of `nodes` small Linux machines in one network. */
export function aBlueprint(
  nodes: number,
  lines: { readonly memoryMiB?: number; readonly network?: string } = {},
): string {
  return [
    'schemaVersion: 1',
    `name: e2e-${randomUUID().slice(0, 8)}`,
    'networks:',
    `  - { name: lan, cidr: 10.77.0.0/16${lines.network ?? ''} }`,
    'nodes:',
    '  - name: vm',
    `    count: ${nodes}`,
    '    template: debian-12',
    `    resources: { cpus: 1, memoryMiB: ${lines.memoryMiB ?? 512} }`,
    '    interfaces: [{ network: lan }]',
    '    readiness: { guestAgent: true, timeoutSeconds: 120 }',
  ].join('\n');
}

export async function storeBlueprint(client: RestClient, text: string): Promise<string> {
  const { id } = await client.request<{ id: string }>('POST', '/blueprints', { text, mediaType: 'application/yaml' });
  return id;
}

/** Asks for a range of a new blueprint. */
export async function submitRange(
  client: RestClient,
  siteId: string,
  blueprint: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Accepted> {
  const blueprintId = await storeBlueprint(client, blueprint);
  return client.post<Accepted>('/ranges', { name: `e2e-${randomUUID().slice(0, 8)}`, blueprintId, siteId, ...options });
}

/** Waits until a job has ended, in whatever way. */
export function jobEnds(client: RestClient, jobId: string): Promise<JobReading> {
  return waitUntil(
    () => client.get<JobReading>(`/jobs/${jobId}`),
    (job) => ENDED.includes(job.state),
    { timeoutMs: 90_000, describe: `the end of job ${jobId}` },
  );
}

export async function deployRange(client: RestClient, siteId: string, nodes: number): Promise<RangeReading> {
  const { job, range } = await submitRange(client, siteId, aBlueprint(nodes));
  const ended = await jobEnds(client, job.id);
  if (ended.state !== 'succeeded') throw new Error(`The deploy ended ${ended.state}: ${JSON.stringify(ended.error)}`);
  return client.get<RangeReading>(`/ranges/${range.id}`);
}

/** How often a step of a job was recorded to have succeeded: the largest number of any. */
export async function successesOfAStep(client: RestClient, jobId: string): Promise<number> {
  const { items } = await client.request<{ items: readonly { readonly type: string; readonly stepId: string }[] }>(
    'GET',
    `/jobs/${jobId}/events?limit=200`,
    { headers: { accept: 'application/json' } },
  );
  const successes = new Map<string, number>();
  for (const { type, stepId } of items) {
    if (type === 'step.succeeded') successes.set(stepId, (successes.get(stepId) ?? 0) + 1);
  }
  return Math.max(0, ...successes.values());
}

/** Submits a job and waits until it has succeeded. */
export async function jobSucceeds(client: RestClient, path: string, body?: object): Promise<JobReading> {
  const { job } = await client.post<Accepted>(path, body);
  const ended = await jobEnds(client, job.id);
  if (ended.state !== 'succeeded') throw new Error(`${path} ended ${ended.state}: ${JSON.stringify(ended.error)}`);
  return ended;
}

export async function destroyRange(client: RestClient, rangeId: string): Promise<JobReading> {
  const { job } = await client.request<Accepted>('DELETE', `/ranges/${rangeId}`);
  return jobEnds(client, job.id);
}
