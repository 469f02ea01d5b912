import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate, urlAs } from '@orion/persistence';
import { provisionSite, RestClient, siteReady } from '@orion/rest-client';
import {
  patchedBuild,
  registerTestResource,
  spawnService,
  startNats,
  startPostgres,
  startRedis,
  waitFor,
  type Patch,
  type SpawnedService,
} from '@orion/testing';

const APPS = join(__dirname, '../../../apps');
const MAINS = {
  gateway: join(APPS, 'gateway/dist/main.js'),
  orchestrator: join(APPS, 'orchestrator/dist/main.js'),
  agent: join(APPS, 'hypervisor-agent/dist/main.js'),
  simulator: join(APPS, 'pve-simulator/dist/main.js'),
} as const;

export type Part = 'gateway' | 'orchestrator' | 'agent';

/** Tokens of the simulated cluster: the agent's, and one that tells a second agent's calls from it. */
export const TOKENS = {
  first: { id: 'orion@pve!range', secret: '00000000-0000-4000-8000-000000000001' },
  second: { id: 'root@pam!admin', secret: '00000000-0000-4000-8000-000000000002' },
} as const;

export interface LaunchOptions {
  readonly patches?: readonly Patch[];
  /** Of an agent: whose calls it makes, and where its journal lies. */
  readonly token?: { readonly id: string; readonly secret: string };
  readonly journal?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The distributed profile as processes that a test kills, freezes, starts again and replaces by patched builds. Servers
 * and simulator live as long as the test file.
 */
export class Installation {
  private readonly running = new Map<Part, SpawnedService>();

  private constructor(
    readonly simulator: RestClient,
    readonly nats: Awaited<ReturnType<typeof startNats>>,
    private readonly environment: (part: Part, options: LaunchOptions) => Record<string, string>,
    private readonly dir: string,
  ) {}

  /** `env`: settings of orchestrators and agents. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const dir = mkdtempSync(join(tmpdir(), 'orion-guarantees-'));
    registerTestResource({ dispose: async () => rmSync(dir, { recursive: true, force: true }) });
    const caFile = join(dir, 'ca.pem');
    const [postgres, redis, nats, simulator] = await Promise.all([
      startPostgres(),
      startRedis(),
      startNats(),
      spawnService(MAINS.simulator, { env: { SIM_FACTOR: '0.02', SIM_CA_FILE: caFile } }),
    ]);
    await migrate(postgres.url);
    await migrateQueueSchema(postgres.url, ['orion_gateway', 'orion_orchestrator']);
    await grantLogin(postgres.url, { gateway: 'gateway', orchestrator: 'orchestrator' });
    const queue = { ORION_QUEUE: 'redis', ORION_REDIS_URL: redis.url };
    const bus = { ...env, ORION_BUS: 'nats', ORION_NATS_URL: nats.url, ORION_HEALTH_PORT: '0' };
    const environment = (part: Part, { token = TOKENS.first, journal = 'journal' }: LaunchOptions) => {
      switch (part) {
        case 'gateway':
          return {
            ...queue,
            ORION_DATABASE_URL: urlAs(postgres.url, 'orion_gateway', 'gateway'),
            ORION_HTTP_PORT: '0',
            ORION_ADMIN_KEY_FILE: join(dir, 'admin-key'),
            ORION_RATE_LIMIT: '0',
          };
        case 'orchestrator':
          return { ...queue, ...bus, ORION_DATABASE_URL: urlAs(postgres.url, 'orion_orchestrator', 'orchestrator') };
        case 'agent':
          return {
            ...bus,
            ORION_SITE_ID: installation.siteId,
            ORION_JOURNAL_DIR: join(dir, journal),
            ORION_PVE_URL: simulator.urls['api'] ?? '',
            ORION_PVE_TOKEN_ID: token.id,
            ORION_PVE_TOKEN_SECRET: token.secret,
            ORION_PVE_CA_FILE: caFile,
            ORION_PVE_POLL_FIRST: '5ms',
            ORION_INVENTORY_INTERVAL: '1s',
          };
      }
    };
    const installation = new Installation(new RestClient(simulator.urls['admin'] ?? '', ''), nats, environment, dir);
    await Promise.all([installation.launch('gateway'), installation.launch('orchestrator')]);
    installation.siteId = await provisionSite(installation.client, SITE);
    await installation.launch('agent');
    await siteReady(installation.client, installation.siteId);
    return installation;
  }

  siteId = '';

  get client(): RestClient {
    return new RestClient(
      this.part('gateway').urls['http'] ?? '',
      readFileSync(join(this.dir, 'admin-key'), 'utf8').trim(),
    );
  }

  part(name: Part): SpawnedService {
    const service = this.running.get(name);
    if (service === undefined) throw new Error(`${name} was never started.`);
    return service;
  }

  /** Starts a part, in place of the one that runs, which is killed. */
  async launch(part: Part, options: LaunchOptions = {}): Promise<SpawnedService> {
    await this.running.get(part)?.kill();
    const service = await this.another(part, options);
    this.running.set(part, service);
    return service;
  }

  /** Starts one more of a part, beside the one that runs. An agent serves the site when this returns, or has died. */
  async another(part: Part, options: LaunchOptions = {}): Promise<SpawnedService> {
    const env = {
      ORION_LOG_LEVEL: 'info',
      ...this.environment(part, options),
      ...options.env,
      ...patchedBuild(options.patches ?? []),
    };
    const service = await spawnService(MAINS[part], { env });
    if (part === 'agent') {
      await waitFor(() => !service.running || service.log.some(({ msg }) => msg === 'Serving site'), {
        describe: 'the agent to serve',
        timeoutMs: 30_000,
      });
    }
    return service;
  }

  /** What the agent has written to its journal. */
  journal(folder = 'journal'): string {
    const file = join(this.dir, folder, 'journal.ndjson');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** A file whose existence holds what a patch holds; `remove` lets it go. */
  gate(): { readonly path: string } {
    return { path: join(this.dir, `gate-${randomUUID()}`) };
  }

  /** VMs of the simulated cluster that are no templates. */
  async vms(): Promise<readonly SimulatedVm[]> {
    const vms = await this.simulator.get<readonly SimulatedVm[]>('/vms');
    return vms.filter(({ template }) => !template);
  }
}

export interface SimulatedVm {
  readonly vmid: number;
  readonly status: string;
  readonly template: boolean;
}

const SITE = {
  settings: {
    name: 'local',
    bridge: 'vmbr1',
    pool: 'orion-ranges',
    vmIdFirst: 4000,
    vmIdLast: 8999,
    vlanFirst: 100,
    vlanLast: 999,
  },
  templates: [
    {
      name: 'debian-12',
      vmId: 9000,
      host: 'pve1',
      storage: 'shared',
      shared: true,
      os: 'linux' as const,
      guestAgent: true,
      memoryMiB: 1024,
      diskGiB: 8,
    },
  ],
};
