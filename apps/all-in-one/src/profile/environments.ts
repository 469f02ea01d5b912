import type { Environment } from '@orion/runtime';
import type { DatabaseUrls } from './prepare-database';
import type { Part } from './launcher';
import type { ClusterAccess } from './simulated-cluster';

/** What differs between the two profiles; everything else is the same code with the same settings. */
export interface Wiring {
  /** Absent: BullMQ on PostgreSQL. */
  readonly redisUrl?: string;
  readonly bus:
    | { readonly transport: 'nats'; readonly url: string }
    | {
        readonly transport: 'tcp';
        readonly orchestratorPort: number;
        readonly agentPort: number;
        readonly token: string;
      };
}

export interface Surroundings {
  readonly wiring: Wiring;
  readonly databases: DatabaseUrls;
  /** Passed on to every part: log level, traces. */
  readonly inherited: Environment;
}

/** The environment of the gateway. */
export function gatewayEnvironment(
  { wiring, databases, inherited }: Surroundings,
  options: { readonly port: number; readonly adminKeyFile: string; readonly rateLimit: number },
): Environment {
  return {
    ...inherited,
    ...queue(wiring),
    ORION_DATABASE_URL: databases.gateway,
    ORION_HTTP_PORT: String(options.port),
    ORION_ADMIN_KEY_FILE: options.adminKeyFile,
    ORION_RATE_LIMIT: String(options.rateLimit),
  };
}

/** The environment of an orchestrator. */
export function orchestratorEnvironment({ wiring, databases, inherited }: Surroundings): Environment {
  return {
    ...inherited,
    ...queue(wiring),
    ...bus(wiring, 'orchestrator'),
    ORION_DATABASE_URL: databases.orchestrator,
    ORION_HEALTH_PORT: '0',
  };
}

/** The environment of the agent of a site. */
export function agentEnvironment(
  { wiring, inherited }: Surroundings,
  options: { readonly siteId: string; readonly journalDir: string; readonly cluster: ClusterAccess },
): Environment {
  const { url, token, caFile, fingerprint } = options.cluster;
  const separator = token.indexOf('=');
  return {
    ...inherited,
    ...bus(wiring, 'hypervisor-agent'),
    ORION_SITE_ID: options.siteId,
    ORION_JOURNAL_DIR: options.journalDir,
    ORION_PVE_URL: url,
    ORION_PVE_TOKEN_ID: token.slice(0, separator),
    ORION_PVE_TOKEN_SECRET: token.slice(separator + 1),
    ...(caFile !== undefined && { ORION_PVE_CA_FILE: caFile }),
    ...(fingerprint !== undefined && { ORION_PVE_FINGERPRINT: fingerprint }),
    ORION_HEALTH_PORT: '0',
  };
}

function queue({ redisUrl }: Wiring): Environment {
  return redisUrl === undefined ? { ORION_QUEUE: 'postgres' } : { ORION_QUEUE: 'redis', ORION_REDIS_URL: redisUrl };
}

function bus({ bus: wire }: Wiring, side: Part): Environment {
  if (wire.transport === 'nats') return { ORION_BUS: 'nats', ORION_NATS_URL: wire.url };
  const [own, peer] =
    side === 'orchestrator' ? [wire.orchestratorPort, wire.agentPort] : [wire.agentPort, wire.orchestratorPort];
  return {
    ORION_BUS: 'tcp',
    ORION_BUS_PORT: String(own),
    ORION_BUS_PEER_PORT: String(peer),
    ORION_BUS_TOKEN: wire.token,
  };
}
