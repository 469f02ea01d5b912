import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate, urlAs } from '@orion/persistence';
import { defaultCluster, type ClusterSpec } from '@orion/pve-simulator';
import { provisionSite, RestClient, siteReady, type SiteDescription } from '@orion/rest-client';
import { freePort, startNatsServer, startRedisServer, type NativeServer } from '@orion/runtime';
import { startLinkProxy, type LinkProxy } from '@orion/testing';
import { CrashingPostgres } from './crashing-postgres';
import { environments } from './environments';
import { SupervisedProcess } from './supervised-process';

/** A link is named by its two ends. */
export const LINKS = [
  'client->gateway',
  'gateway->postgres',
  'gateway->redis',
  'orchestrator-1->postgres',
  'orchestrator-1->redis',
  'orchestrator-1->nats',
  'orchestrator-2->postgres',
  'orchestrator-2->redis',
  'orchestrator-2->nats',
  'agent->nats',
  'agent->simulator',
] as const;
export type LinkName = (typeof LINKS)[number];

export const SERVICES = ['gateway', 'orchestrator-1', 'orchestrator-2', 'agent'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Tenant {
  readonly name: string;
  /** Through the link that is harmed, as clients see the gateway. */
  readonly client: RestClient;
  /** Past that link, to read the truth. */
  readonly observer: RestClient;
}

/** The distributed profile, each part a process of its own and each link through a proxy. */
export interface Rig {
  readonly services: Readonly<Record<ServiceName, SupervisedProcess>>;
  readonly postgres: CrashingPostgres;
  readonly redis: NativeServer;
  readonly nats: NativeServer;
  readonly links: Readonly<Record<LinkName, LinkProxy>>;
  /** Control endpoint of the simulated cluster. */
  readonly simulator: RestClient;
  readonly hosts: readonly [string, ...string[]];
  readonly factor: number;
  readonly siteId: string;
  readonly tenants: readonly [Tenant, Tenant];
  close(): Promise<void>;
}

export interface RigOptions {
  readonly seed: string;
  /** Real time per simulated time of the cluster. */
  readonly factor: number;
}

const APPS = join(__dirname, '../../apps');
const MAINS: Readonly<Record<ServiceName, string>> = {
  gateway: join(APPS, 'gateway/dist/main.js'),
  'orchestrator-1': join(APPS, 'orchestrator/dist/main.js'),
  'orchestrator-2': join(APPS, 'orchestrator/dist/main.js'),
  agent: join(APPS, 'hypervisor-agent/dist/main.js'),
};
const PASSWORDS = { gateway: 'gateway', orchestrator: 'orchestrator' };

const OPEN = new Set<() => Promise<void>>();

/** Ends whatever runs, for a run that is broken off. */
export async function closeRigs(): Promise<void> {
  await Promise.all([...OPEN].map((close) => close()));
}

/** Starts everything and provisions a site that is open to two tenants. What was started is ended when it fails. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const endings: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    OPEN.delete(close);
    for (const end of endings.splice(0).reverse()) await end().catch(() => undefined);
  };
  OPEN.add(close);
  try {
    return { ...(await start(options, endings)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ seed, factor }: RigOptions, endings: (() => Promise<unknown>)[]): Promise<Omit<Rig, 'close'>> {
  const dir = await mkdtemp(join(tmpdir(), 'orion-chaos-'));
  endings.push(() => rm(dir, { recursive: true, force: true }));
  const postgres = await CrashingPostgres.start(join(dir, 'postgres'));
  endings.push(() => postgres.remove());
  const redis = await startRedisServer({ dir: join(dir, 'redis') });
  endings.push(() => redis.stop());
  const nats = await startNatsServer({ dir: join(dir, 'nats') });
  endings.push(() => nats.stop());
  await migrate(postgres.url);
  await migrateQueueSchema(postgres.url, ['orion_gateway', 'orion_orchestrator']);
  await grantLogin(postgres.url, PASSWORDS);

  const spec = defaultCluster();
  const simulator = await startCluster(dir, spec, seed, factor, endings);
  const gatewayPort = await freePort();
  const ports: Readonly<Record<string, number>> = {
    postgres: postgres.port,
    redis: redis.port,
    nats: nats.port,
    gateway: gatewayPort,
    simulator: Number(new URL(simulator.urls['api'] ?? '').port),
  };
  const links = {} as Record<LinkName, LinkProxy>;
  for (const name of LINKS) {
    const link = await startLinkProxy({ port: ports[name.split('->')[1] ?? ''] ?? 0 });
    links[name] = link;
    endings.push(() => link.close());
  }

  const adminKeyFile = join(dir, 'admin-key');
  const envOf = environments({
    databases: {
      gateway: urlAs(postgres.url, 'orion_gateway', PASSWORDS.gateway),
      orchestrator: urlAs(postgres.url, 'orion_orchestrator', PASSWORDS.orchestrator),
    },
    links,
    gatewayPort,
    adminKeyFile,
    journalDir: join(dir, 'journal'),
    caFile: join(dir, 'ca.pem'),
    token: spec.tokens[0] ?? { id: '', secret: '' },
  });
  const supervise = (name: ServiceName, siteId = ''): SupervisedProcess => {
    const service = new SupervisedProcess(name, MAINS[name], envOf(name, siteId));
    endings.push(() => service.stop());
    return service;
  };
  const gateway = supervise('gateway');
  const orchestrators = [supervise('orchestrator-1'), supervise('orchestrator-2')] as const;
  await Promise.all([gateway, ...orchestrators].map((service) => service.ready()));
  const direct = `http://127.0.0.1:${gatewayPort}`;
  const harmed = `http://127.0.0.1:${links['client->gateway'].port}`;
  const adminKey = (await readFile(adminKeyFile, 'utf8')).trim();
  const admin = new RestClient(direct, adminKey);
  const siteId = await provisionSite(admin, siteOf(spec));
  const agent = supervise('agent', siteId);
  await agent.ready();
  await siteReady(admin, siteId);
  const tenantOf = (name: string, key: string): Tenant => ({
    name,
    client: new RestClient(harmed, key),
    observer: new RestClient(direct, key),
  });
  const tenants = [tenantOf('first', adminKey), tenantOf('second', await secondTenant(admin, siteId))] as const;
  const [host = '', ...others] = spec.hosts.map(({ name }) => name);
  return {
    services: { gateway, 'orchestrator-1': orchestrators[0], 'orchestrator-2': orchestrators[1], agent },
    ...{ postgres, redis, nats, links, factor, siteId, tenants },
    simulator: new RestClient(simulator.urls['admin'] ?? '', ''),
    hosts: [host, ...others],
  };
}

async function startCluster(
  dir: string,
  spec: ClusterSpec,
  seed: string,
  factor: number,
  endings: (() => Promise<unknown>)[],
): Promise<SupervisedProcess> {
  const specFile = join(dir, 'cluster.json');
  await writeFile(specFile, JSON.stringify(spec), { mode: 0o600 });
  const simulator = new SupervisedProcess('simulator', join(APPS, 'pve-simulator/dist/main.js'), {
    SIM_SPEC_FILE: specFile,
    SIM_CA_FILE: join(dir, 'ca.pem'),
    SIM_FACTOR: String(factor),
    SIM_SEED: seed,
  });
  endings.push(() => simulator.stop());
  await simulator.ready();
  return simulator;
}

function siteOf(spec: ClusterSpec): SiteDescription {
  return {
    settings: {
      name: 'chaos',
      bridge: 'vmbr1',
      pool: 'orion-ranges',
      vmIdFirst: 4000,
      vmIdLast: 8999,
      vlanFirst: 100,
      vlanLast: 999,
      hostSlots: 8,
      storageSlots: 24,
    },
    templates: spec.templates.map(({ vmid, name, host, storage, os, agent, memoryMiB, diskGiB }) => ({
      ...{ vmId: vmid, name, host, storage, os, memoryMiB },
      shared: spec.storages.some((candidate) => candidate.name === storage && candidate.shared === true),
      guestAgent: agent ?? false,
      diskGiB: diskGiB ?? 8,
    })),
  };
}

async function secondTenant(admin: RestClient, siteId: string): Promise<string> {
  const { id } = await admin.post<{ id: string }>('/tenants', { name: 'second' });
  await admin.post(`/sites/${siteId}/grants`, { tenantId: id });
  const { key } = await admin.post<{ key: string }>(`/tenants/${id}/api-keys`, { name: 'chaos', role: 'operator' });
  return key;
}
