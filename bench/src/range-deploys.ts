import { RestClient } from '@orion/rest-client';
import { waitUntil, type Platform } from '@orion/testing';

export interface JobReading {
  readonly id: string;
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly progress: { readonly done: number; readonly total: number };
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly estimatedEndAt: string | null;
  readonly error: unknown;
}

export interface Deploy {
  readonly jobId: string;
  readonly rangeId: string;
}

const ENDED = ['succeeded', 'failed', 'cancelled'];

/** Stores a blueprint of so many small machines in one network; answers its id. */
export async function flatBlueprint(client: RestClient, nodes: number): Promise<string> {
  const { id } = await client.request<{ id: string }>('POST', '/blueprints', {
    text: [
      'schemaVersion: 1',
      `name: flat-${nodes}-${Math.random().toString(36).slice(2, 8)}`,
      'networks: [{ name: lan, cidr: 10.77.0.0/16 }]',
      'nodes:',
      `  - { name: vm, count: ${nodes}, template: debian-12, resources: { cpus: 1, memoryMiB: 128 },`,
      '      interfaces: [{ network: lan }], readiness: { guestAgent: true, timeoutSeconds: 600 } }',
    ].join('\n'),
    mediaType: 'application/yaml',
  });
  return id;
}

export async function submitDeploy(client: RestClient, siteId: string, blueprintId: string): Promise<Deploy> {
  const name = `bench-${Math.random().toString(36).slice(2, 10)}`;
  const { job, range } = await client.post<{ job: { id: string }; range: { id: string } }>('/ranges', {
    ...{ name, blueprintId, siteId },
  });
  return { jobId: job.id, rangeId: range.id };
}

/** Waits for the end of a job, which must be a good one; answers how long it took from its request, milliseconds. */
export async function tookMs(client: RestClient, jobId: string, timeoutMs = 170_000): Promise<number> {
  const job = await waitUntil(
    () => client.get<JobReading>(`/jobs/${jobId}`),
    ({ state }) => ENDED.includes(state),
    { timeoutMs, intervalMs: 100, describe: `the end of job ${jobId}` },
  );
  if (job.state !== 'succeeded' || job.endedAt === null)
    throw new Error(`The job ended ${job.state}: ${JSON.stringify(job.error)}`);
  return Date.parse(job.endedAt) - Date.parse(job.createdAt);
}

export async function removeRange(client: RestClient, rangeId: string): Promise<void> {
  const { job } = await client.request<{ job: { id: string } }>('DELETE', `/ranges/${rangeId}`);
  await tookMs(client, job.id);
}

export async function setSlots({ client, siteId }: Platform, hostSlots: number, storageSlots: number): Promise<void> {
  await client.request('PATCH', `/sites/${siteId}`, {
    body: { hostSlots, storageSlots },
    headers: { 'if-match': '*' },
  });
}

/** A tenant of its own that may use the site, as its admin. */
export async function anotherTenant({ client, siteId, url }: Platform): Promise<RestClient> {
  const tenant = await client.post<{ id: string }>('/tenants', {
    name: `bench-${Math.random().toString(36).slice(2, 8)}`,
  });
  const key = { name: 'bench', role: 'admin', scopes: [] };
  const { key: secret } = await client.post<{ key: string }>(`/tenants/${tenant.id}/api-keys`, key);
  await client.post(`/sites/${siteId}/grants`, { tenantId: tenant.id });
  return new RestClient(url, secret);
}
