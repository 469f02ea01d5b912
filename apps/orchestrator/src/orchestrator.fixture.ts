import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';

import type { BusOptions } from '@orion/agent-bus';
import type { SdnFacts, VmFacts } from '@orion/contracts';
import { isEnded, type JobKind, type JobState, type NormalisedBlueprint } from '@orion/domain';
import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate, urlAs } from '@orion/persistence';
import type { RunningService } from '@orion/runtime';
import { createTestDatabase, registerTestResource, startInProcess, startNats, waitUntil } from '@orion/testing';
import { Pool } from 'pg';

import { orchestratorService } from './orchestrator.service';
import { TestAgent } from './test-agent.fixture';

const PASSWORD = 'integration';
const TOKEN = 'a token of this test alone';

export interface JobRow {
  readonly state: JobState;
  readonly phase: string;
  readonly error: { readonly code: string; readonly facts?: unknown } | null;
  readonly result: unknown;
  readonly steps_total: number;
  readonly steps_done: number;
}

/** One site with its orchestrator and agent on a real bus and a real database. */
export class World {
  private count = 0;

  private constructor(
    readonly sql: Pool,
    readonly agent: TestAgent,
    readonly startAnother: () => Promise<RunningService>,
    readonly siteId: string,
    readonly tenantId: string,
  ) {}

  static async start(
    transport: 'tcp' | 'nats' = 'tcp',
    settings: Readonly<Record<string, string>> = {},
  ): Promise<World> {
    const { url } = await createTestDatabase({
      template: 'orchestrator',
      migrate: async (database) => {
        await migrate(database);
        await grantLogin(database, { gateway: PASSWORD, orchestrator: PASSWORD });
        await migrateQueueSchema(database, ['orion_gateway', 'orion_orchestrator']);
      },
    });
    const sql = new Pool({ connectionString: url, max: 3 });
    sql.on('error', () => undefined);
    registerTestResource({ dispose: () => sql.end() });
    const [siteId, tenantId] = [randomUUID(), randomUUID()];
    await seed(sql, siteId, tenantId);
    const bus = await busOf(transport);
    const environment = {
      ORION_DATABASE_URL: urlAs(url, 'orion_orchestrator', PASSWORD),
      ORION_HEALTH_PORT: '0',
      ORION_SHUTDOWN_TIMEOUT: '5s',
      ORION_SWEEP_INTERVAL: '100ms',
      ...bus.environment,
      ...settings,
    };
    const startOne = (): Promise<RunningService> => startInProcess(orchestratorService, environment);
    await startOne();
    const agent = await TestAgent.start(bus.agent, siteId);
    const world = new World(sql, agent, startOne, siteId, tenantId);
    await world.takeInventory();
    return world;
  }

  /** The cluster of the tests: three hosts with local disks and one template on each. */
  async takeInventory(vms: readonly object[] = [], sdn?: SdnFacts): Promise<void> {
    const hosts = ['alpha', 'beta', 'gamma'];
    await this.agent.inventory({
      hosts: hosts.map((name) => ({ name, online: true, cpus: 16, memoryMiB: 65_536, memoryFreeMiB: 60_000 })),
      storages: [
        { name: 'local', shared: false, hosts, totalGiB: 1_000, freeGiB: 900, snapshots: true, linkedClones: true },
      ],
      vms: vms as never,
      ...(sdn && { sdn }),
    });
  }

  /** The VMs of a range as an inventory shows them when all is well. */
  async vmsOf(rangeId: string): Promise<VmFacts[]> {
    return this.rows<VmFacts>(
      `SELECT n.vm_id AS "vmId", n.host, n.name, CASE n.state WHEN 'stopped' THEN 'stopped' ELSE 'running' END AS state,
              false AS template, n.memory_mib AS "memoryMiB",
              json_build_array(json_build_object('bridge', w.bridge, 'vlanTag', w.vlan_tag)) AS nics,
              json_build_object('installation', (SELECT id FROM installation), 'tenantId', n.tenant_id, 'rangeId', n.range_id,
                                'node', n.name) AS mark
         FROM range_node n JOIN range_network w ON w.range_id = n.range_id
        WHERE n.range_id = $1 AND n.state NOT IN ('planned', 'destroyed') ORDER BY n.ordinal`,
      [rangeId],
    );
  }

  /** Stores a range with its blueprint and asks for its deploy, as the gateway does; without a wake-up. */
  async deploy(
    blueprint: Partial<NormalisedBlueprint> & Pick<NormalisedBlueprint, 'nodes'>,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly rangeId: string; readonly jobId: string }> {
    const [rangeId, blueprintId] = [randomUUID(), randomUUID()];
    const name = `range-${++this.count}`;
    const normalised = { schemaVersion: 1, name, labels: {}, networks: [OFFICE], ...blueprint };
    await this.sql.query(`INSERT INTO blueprint (id, tenant_id, name, latest_revision) VALUES ($1, $2, $3, 1)`, [
      blueprintId,
      this.tenantId,
      name,
    ]);
    await this.sql.query(
      `INSERT INTO blueprint_revision (tenant_id, blueprint_id, revision, digest, schema_version, media_type, source,
                                       normalised, node_count, created_by)
       VALUES ($1, $2, 1, 'd', 1, 'application/json', '', $3, $4, 'test')`,
      [this.tenantId, blueprintId, JSON.stringify(normalised), blueprint.nodes.length],
    );
    await this.sql.query(
      `INSERT INTO range (id, tenant_id, name, blueprint_id, revision, site_id, state, desired_state, created_by)
       VALUES ($1, $2, $3, $4, 1, $5, 'deploying', 'running', 'test')`,
      [rangeId, this.tenantId, name, blueprintId, this.siteId],
    );
    return { rangeId, jobId: await this.request('range.deploy', rangeId, params) };
  }

  /** Stores a job and its wake-up in the outbox. */
  async request(
    kind: JobKind,
    rangeId: string | null,
    params: Readonly<Record<string, unknown>> = {},
    tenantId = this.tenantId,
  ): Promise<string> {
    const jobId = randomUUID();
    await this.sql.query(
      `WITH added AS (
         INSERT INTO job (id, tenant_id, range_id, site_id, kind, state, params, deadline_at, created_by)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, now() + interval '1 hour', 'test'))
       INSERT INTO outbox (tenant_id, job_id) VALUES ($2, $1)`,
      [jobId, tenantId, rangeId, this.siteId, kind, JSON.stringify(params)],
    );
    return jobId;
  }

  async destroy(rangeId: string): Promise<string> {
    await this.sql.query(`UPDATE range SET state = 'destroying', desired_state = 'destroyed' WHERE id = $1`, [rangeId]);
    return this.request('range.destroy', rangeId);
  }

  async cancel(jobId: string): Promise<void> {
    await this.sql.query(`UPDATE job SET cancel_requested_at = now(), changed_at = now() WHERE id = $1`, [jobId]);
    await this.sql.query(`INSERT INTO outbox (tenant_id, job_id) VALUES ($1, $2)`, [this.tenantId, jobId]);
  }

  async retry(jobId: string): Promise<void> {
    await this.sql.query(
      `UPDATE job SET state = 'pending', attempt = attempt + 1, error = NULL, ended_at = NULL, cancel_requested_at = NULL
        WHERE id = $1`,
      [jobId],
    );
    await this.sql.query(`INSERT INTO outbox (tenant_id, job_id) VALUES ($1, $2)`, [this.tenantId, jobId]);
  }

  async job(jobId: string): Promise<JobRow> {
    return (await this.rows<JobRow>(`SELECT * FROM job WHERE id = $1`, [jobId]))[0] as JobRow;
  }

  /** The job once it has ended; fails when that is in another state. */
  async reaches(jobId: string, state: JobState): Promise<JobRow> {
    const options = { describe: `the job to be ${state}`, timeoutMs: 15_000 };
    const job = await waitUntil(
      () => this.job(jobId),
      (row) => isEnded(row.state),
      options,
    );
    expect(job).toMatchObject({ state });
    return job;
  }

  async rangeState(rangeId: string): Promise<string> {
    return (await this.rows<{ state: string }>(`SELECT state FROM range WHERE id = $1`, [rangeId]))[0]?.state ?? '';
  }

  async events(rangeId: string): Promise<readonly string[]> {
    const rows = await this.rows<{ type: string }>(`SELECT type FROM event WHERE stream_id = $1 ORDER BY number`, [
      rangeId,
    ]);
    return rows.map(({ type }) => type);
  }

  async rows<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.sql.query<R>(text, [...values])).rows;
  }
}

export const OFFICE = { name: 'office', cidr: '10.20.0.0/24', egress: 'none' } as const;

/** Nodes of one template on the network `office`. */
export function nodes(count: number, dependsOn: readonly string[] = []): NormalisedBlueprint['nodes'] {
  return Array.from({ length: count }, (_, index) => aNode(`ws-${index + 1}`, index + 10, dependsOn));
}

export function aNode(
  name: string,
  last: number,
  dependsOn: readonly string[] = [],
): NormalisedBlueprint['nodes'][number] {
  return {
    name,
    template: 'debian-12',
    os: 'linux',
    labels: {},
    resources: { cpus: 1, memoryMiB: 512 },
    interfaces: [{ network: 'office', address: `10.20.0.${last}` }],
    dependsOn,
    readiness: { guestAgent: false, timeoutSeconds: 300 },
    isolated: false,
    cloneMode: 'linked',
  };
}

async function seed(sql: Pool, siteId: string, tenantId: string): Promise<void> {
  await sql.query(`INSERT INTO tenant (id, name) VALUES ($1, 'red')`, [tenantId]);
  await sql.query(
    `INSERT INTO site (id, name, bridge, vm_id_first, vm_id_last, vlan_first, vlan_last)
     VALUES ($1, 'lab', 'vmbr1', 1000, 1999, 100, 199)`,
    [siteId],
  );
  await sql.query(
    `INSERT INTO site_template (site_id, name, vm_id, host, storage, shared, os, guest_agent, memory_mib, disk_gib)
     SELECT $1, 'debian-12', 900 + n, (ARRAY['alpha', 'beta', 'gamma'])[n], 'local', false, 'linux', true, 512, 8
       FROM generate_series(1, 3) n`,
    [siteId],
  );
}

async function busOf(transport: 'tcp' | 'nats'): Promise<{ environment: Record<string, string>; agent: BusOptions }> {
  if (transport === 'nats') {
    const { url } = await startNats();
    return {
      environment: { ORION_BUS: 'nats', ORION_NATS_URL: url },
      agent: { transport: 'nats', servers: [url] },
    };
  }
  const [ours, theirs] = [await freePort(), await freePort()];
  return {
    environment: {
      ORION_BUS: 'tcp',
      ORION_BUS_PORT: String(ours),
      ORION_BUS_PEER_PORT: String(theirs),
      ORION_BUS_TOKEN: TOKEN,
    },
    agent: { transport: 'tcp', port: theirs, peerPort: ours, token: TOKEN },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
