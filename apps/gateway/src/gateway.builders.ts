import type { Role } from '@orion/domain';
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';

import { TestClient, type TestGateway } from './gateway.fixture';

/** Runs a statement as superuser: for what other services would have written. */
export async function sql<R extends QueryResultRow>(
  gateway: Pick<TestGateway, 'database'>,
  text: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = new Client(gateway.database.url);
  await client.connect();
  try {
    return (await client.query<R>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** A valid blueprint with so many nodes. */
export function aDocument(name: string, nodes = 1) {
  return {
    schemaVersion: 1,
    name,
    networks: [{ name: 'lan', cidr: '10.20.0.0/24' }],
    nodes: Array.from({ length: nodes }, (_, index) => ({
      name: `web-${index + 1}`,
      template: 'debian-12',
      resources: { cpus: 1, memoryMiB: 512 },
      interfaces: [{ network: 'lan' }],
    })),
  };
}

export const SITE = { bridge: 'vmbr1', vmIdFirst: 4000, vmIdLast: 8999, vlanFirst: 100, vlanLast: 999 } as const;

/** A site with one template, open to the tenants. */
export async function aSite(gateway: TestGateway, tenants: readonly string[] = []): Promise<string> {
  const { body } = await gateway.admin.post<{ id: string }>('/sites', { ...SITE, name: uniqueName('site') });
  const template = { name: 'debian-12', vmId: 9000, host: 'pve1', storage: 'local', shared: false, os: 'linux' };
  const templates = [{ ...template, guestAgent: true, memoryMiB: 512, diskGiB: 4 }];
  await gateway.admin.send('PUT', `/sites/${body.id}/templates`, { body: { templates } });
  for (const tenantId of tenants) await gateway.admin.post(`/sites/${body.id}/grants`, { tenantId });
  return body.id;
}

export interface TestTenant {
  readonly id: string;
  readonly admin: TestClient;
  client(role: Role, scopes?: readonly string[]): Promise<TestClient>;
}

/** A tenant of its own with an admin key. */
export async function aTenant(gateway: TestGateway): Promise<TestTenant> {
  const { body: tenant } = await gateway.admin.post<{ id: string }>('/tenants', { name: uniqueName('tenant') });
  const client = async (role: Role, scopes: readonly string[] = []): Promise<TestClient> => {
    const { body } = await gateway.admin.post<{ key: string }>(`/tenants/${tenant.id}/api-keys`, {
      name: role,
      role,
      scopes,
    });
    return new TestClient(gateway.url, body.key);
  };
  return { id: tenant.id, client, admin: await client('admin') };
}

export async function aBlueprint(client: TestClient, name = uniqueName('blueprint')): Promise<string> {
  const { body } = await client.post<{ id: string }>('/blueprints', aDocument(name));
  return body.id;
}

export interface Deployed {
  readonly rangeId: string;
  readonly jobId: string;
}

/** A range whose deploy was requested; nobody works on it. */
export async function aRange(client: TestClient, request: { blueprintId: string; siteId: string }): Promise<Deployed> {
  const { body } = await client.post<{ job: { id: string }; range: { id: string } }>('/ranges', {
    name: uniqueName('range'),
    ...request,
  });
  return { rangeId: body.range.id, jobId: body.job.id };
}

/** Ends a job as the orchestrator would. */
export async function endJob(gateway: TestGateway, { rangeId, jobId }: Deployed, state = 'succeeded'): Promise<void> {
  await sql(gateway, `UPDATE job SET state = $2, phase = 'ended', ended_at = now() WHERE id = $1`, [jobId, state]);
  const left = state === 'succeeded' ? 'ready' : 'degraded';
  await sql(gateway, `UPDATE range SET state = $2 WHERE id = $1`, [rangeId, left]);
}

/** A range that is ready, with one node `web-1`. */
/** A baseline that is ready and current, unless told otherwise. */
export async function aBaseline(
  gateway: TestGateway,
  rangeId: string,
  name: string,
  { state = 'ready', current = true }: { readonly state?: string; readonly current?: boolean } = {},
): Promise<void> {
  await sql(
    gateway,
    `INSERT INTO baseline (id, tenant_id, range_id, name, mode, snapshot, state, is_current, power, job_id, created_by,
                           ready_at)
     SELECT $1, tenant_id, id, $3, 'disk', 'orion-' || $3, $4, $5, '{"web-1": "running"}', $1, 'somebody', now()
       FROM range WHERE id = $2`,
    [randomUUID(), rangeId, name, state, current],
  );
}

export async function aReadyRange(
  gateway: TestGateway,
  client: TestClient,
  request: { blueprintId: string; siteId: string },
): Promise<Deployed> {
  const range = await aRange(client, request);
  await endJob(gateway, range);
  await sql(
    gateway,
    `INSERT INTO range_node (id, tenant_id, range_id, site_id, ordinal, name, state, host, storage, vm_id, memory_mib, spec,
                             interfaces, observed_addresses)
     SELECT $1, tenant_id, id, site_id, 0, 'web-1', 'running', 'pve1', 'local', 4000, 512, '{}', $2, '{10.20.0.2}'
       FROM range WHERE id = $3`,
    [
      randomUUID(),
      JSON.stringify([{ network: 'lan', mac: 'BC:24:11:00:00:01', address: '10.20.0.2/24' }]),
      range.rangeId,
    ],
  );
  await sql(
    gateway,
    `INSERT INTO range_network (id, tenant_id, range_id, name, cidr, egress, bridge, vlan_tag)
     SELECT $1, tenant_id, id, 'lan', '10.20.0.0/24', 'none', 'vmbr1', 101 FROM range WHERE id = $2`,
    [randomUUID(), range.rangeId],
  );
  return range;
}

/** Appends an event as the orchestrator would, one transaction each. */
export async function appendEvent(
  gateway: TestGateway,
  rangeId: string,
  jobId: string | null,
  type: string,
): Promise<void> {
  await sql(
    gateway,
    `WITH counted AS (
       UPDATE range SET last_event_number = last_event_number + 1 WHERE id = $1 RETURNING tenant_id, last_event_number
     ), added AS (
       INSERT INTO event (stream_id, number, tenant_id, range_id, job_id, type)
       SELECT $1, last_event_number, tenant_id, $1, $2, $3 FROM counted
     )
     SELECT pg_notify('orion_event', tenant_id || ':' || $1::text) FROM counted`,
    [rangeId, jobId, type],
  );
}
