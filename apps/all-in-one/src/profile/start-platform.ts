import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentOnline, provisionSite, RestClient, siteReady } from '@orion/rest-client';
import {
  isPortTaken,
  StartError,
  startEmbeddedPostgres,
  type ConfigOf,
  type Environment,
  type ServiceContext,
} from '@orion/runtime';
import { announce, announceComplaints } from './announce';
import { claimDataDir, readAdminKey } from './data-dir';
import { agentEnvironment, gatewayEnvironment, orchestratorEnvironment, type Wiring } from './environments';
import type { Launch, Launched, Part } from './launcher';
import type { platformConfig } from './platform-config';
import { prepareDatabase } from './prepare-database';
import { realCluster } from './real-cluster';
import { readSecrets, type Secrets } from './secrets';
import { readClusterSpec, type SimulatedCluster, type SimulatedClusterOptions } from './simulated-cluster';
import { realSite, simulatedSite } from './site-description';

type PlatformConfig = ConfigOf<typeof platformConfig>;

/** What makes a profile: where its parts run, and what lies between them. */
export interface Profile {
  readonly launch: Launch;
  wire(context: ServiceContext<PlatformConfig>, secrets: Secrets): Promise<Wiring>;
  simulate(options: SimulatedClusterOptions): Promise<SimulatedCluster>;
}

/** Settings that a platform hands on to its parts. */
const INHERITED = [
  'ORION_LOG_LEVEL',
  'ORION_SHUTDOWN_TIMEOUT',
  'ORION_COMMIT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
];

/**
 * Starts a whole platform on this machine: PostgreSQL, the services, and a simulated cluster unless a real one is named.
 * The site is registered over REST, as an operator would. Answers where it can be reached.
 */
export async function startPlatform(
  context: ServiceContext<PlatformConfig>,
  profile: Profile,
): Promise<Readonly<Record<string, string>>> {
  const { config, onStop } = context;
  const dataDir = config.ORION_DATA_DIR;
  const real = await realCluster(config);
  onStop('claim of the data folder', await claimDataDir(dataDir));
  await assertPortFree(config.ORION_HTTP_PORT);
  const secrets = await readSecrets(dataDir);
  const postgres = await startEmbeddedPostgres({
    dir: join(dataDir, 'postgres'),
    durable: config.ORION_POSTGRES_DURABLE,
  });
  onStop('postgres', () => postgres.stop());
  const databases = await prepareDatabase(postgres.url, secrets);
  const surroundings = { wiring: await profile.wire(context, secrets), databases, inherited: inherited() };

  const launch = async (part: Part, env: Environment): Promise<Launched> => {
    const launched = await profile.launch(part, env);
    onStop(part, () => launched.stop());
    return launched;
  };
  const adminKeyFile = join(dataDir, 'admin-key');
  const firstStart = !existsSync(adminKeyFile);
  const gateway = await launch(
    'gateway',
    gatewayEnvironment(surroundings, {
      port: config.ORION_HTTP_PORT,
      adminKeyFile,
      rateLimit: config.ORION_RATE_LIMIT,
    }),
  );
  const orchestrator = await launch('orchestrator', orchestratorEnvironment(surroundings));

  const { cluster, site, simulatorAdmin } = await (real === undefined
    ? simulated(context, profile)
    : { cluster: real, site: realSite(config), simulatorAdmin: undefined });
  const http = gateway.urls['http'] ?? '';
  const adminKey = await readAdminKey(adminKeyFile);
  const client = new RestClient(http, adminKey);
  const siteId = await provisionSite(client, site);
  await launch(
    'hypervisor-agent',
    agentEnvironment(surroundings, { siteId, journalDir: join(dataDir, 'journal'), cluster }),
  );
  await (real === undefined ? siteReady(client, siteId) : agentOnline(client, siteId));
  if (config.ORION_BANNER) {
    announce(http, adminKeyFile, firstStart ? adminKey : undefined);
    if (real !== undefined) await announceComplaints(client, siteId);
  }
  const orchestratorHealth = orchestrator.urls['health'] ?? '';
  return { http, adminKeyFile, siteId, orchestratorHealth, ...(simulatorAdmin !== undefined && { simulatorAdmin }) };
}

async function simulated({ config, onStop }: ServiceContext<PlatformConfig>, profile: Profile) {
  const zone = config.SITE_NETWORK_MODE === 'sdn' ? config.SITE_SDN_ZONE : undefined;
  const spec = await readClusterSpec(config.ORION_SIMULATOR_SPEC_FILE, zone);
  const simulator = await profile.simulate({
    spec,
    factor: Number(config.ORION_SIMULATOR_FACTOR),
    stateFile: join(config.ORION_DATA_DIR, 'simulated-cluster.json'),
  });
  onStop('simulated cluster', () => simulator.stop());
  return { cluster: simulator.access, site: simulatedSite(spec, zone), simulatorAdmin: simulator.adminUrl };
}

/** Told before anything is made or started, and by the variable that changes it. */
async function assertPortFree(port: number): Promise<void> {
  if (port === 0 || !(await isPortTaken(port))) return;
  throw new StartError(
    `Port ${port} on 127.0.0.1 is taken by another process; set ORION_HTTP_PORT to another one, or to 0 for any.`,
  );
}

function inherited(): Environment {
  return Object.fromEntries(INHERITED.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}
