import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentOnline, checkSite, provisionSite, RestClient, siteReady } from '@orion/rest-client';
import { startEmbeddedPostgres, type ConfigOf, type Environment, type ServiceContext } from '@orion/runtime';
import { agentEnvironment, gatewayEnvironment, orchestratorEnvironment, type Wiring } from './environments';
import type { Launch, Launched, Part } from './launcher';
import type { platformConfig } from './platform-config';
import { prepareDatabase } from './prepare-database';
import { realCluster } from './real-cluster';
import { readSecrets, type Secrets } from './secrets';
import { readClusterSpec, type SimulatedCluster, type SimulatedClusterOptions } from './simulated-cluster';
import { siteComplaints } from './site-complaints';
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
  await launch('orchestrator', orchestratorEnvironment(surroundings));

  const { cluster, site, simulatorAdmin } = await (real === undefined
    ? simulated(context, profile)
    : { cluster: real, site: realSite(config), simulatorAdmin: undefined });
  const http = gateway.urls['http'] ?? '';
  const adminKey = (await readFile(adminKeyFile, 'utf8')).trim();
  const client = new RestClient(http, adminKey);
  const siteId = await provisionSite(client, site);
  await launch(
    'hypervisor-agent',
    agentEnvironment(surroundings, { siteId, journalDir: join(dataDir, 'journal'), cluster }),
  );
  await (real === undefined ? siteReady(client, siteId) : agentOnline(client, siteId));
  if (config.ORION_BANNER) {
    announce(http, adminKeyFile, firstStart ? adminKey : undefined);
    if (real !== undefined) await tellComplaints(client, siteId);
  }
  return { http, adminKeyFile, siteId, ...(simulatorAdmin !== undefined && { simulatorAdmin }) };
}

async function simulated({ config, onStop }: ServiceContext<PlatformConfig>, profile: Profile) {
  const spec = await readClusterSpec(config.ORION_SIMULATOR_SPEC_FILE);
  const simulator = await profile.simulate({
    spec,
    factor: Number(config.ORION_SIMULATOR_FACTOR),
    stateFile: join(config.ORION_DATA_DIR, 'simulated-cluster.json'),
  });
  onStop('simulated cluster', () => simulator.stop());
  return { cluster: simulator.access, site: simulatedSite(spec), simulatorAdmin: simulator.adminUrl };
}

/** What a person needs to begin. The key is shown at the first start only; later it is in its file. */
function announce(http: string, adminKeyFile: string, adminKey: string | undefined): void {
  process.stdout.write(
    `Orion Range is up at ${http} (API documentation at ${http}/docs)\n` +
      (adminKey === undefined ? `The admin key is in ${adminKeyFile}\n` : `Admin key, shown this once: ${adminKey}\n`) +
      'Ctrl-C stops everything.\n',
  );
}

/** A site that is not ready, or out of reach for now, keeps nothing from starting. */
async function tellComplaints(client: RestClient, siteId: string): Promise<void> {
  const findings = await checkSite(client, siteId);
  const complaints = [...siteComplaints(findings, 'failed'), ...siteComplaints(findings, 'warning')];
  if (complaints.length > 0) process.stdout.write(`The site was checked:\n${complaints.join('\n')}\n`);
}

function inherited(): Environment {
  return Object.fromEntries(INHERITED.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}
