import type { LinkProxy } from '@orion/testing';
import type { LinkName, ServiceName } from './rig';

export interface Surroundings {
  readonly databases: { readonly gateway: string; readonly orchestrator: string };
  readonly links: Readonly<Record<LinkName, LinkProxy>>;
  readonly gatewayPort: number;
  readonly adminKeyFile: string;
  readonly journalDir: string;
  readonly caFile: string;
  readonly token: { readonly id: string; readonly secret: string };
}

/** How often the agent tells all that is there, so that ids and tags are given back within a run. */
const INVENTORY_INTERVAL = '3s';

/** The environment of each service: the servers that it talks to are at its links. */
export function environments(around: Surroundings): (name: ServiceName, siteId: string) => Record<string, string> {
  const { links } = around;
  const common = { ORION_LOG_LEVEL: 'warn' };
  const database = (url: string, link: LinkName): string => {
    const through = new URL(url);
    through.port = String(links[link].port);
    return through.toString();
  };
  const redis = (link: LinkName) => ({
    ORION_QUEUE: 'redis',
    ORION_REDIS_URL: `redis://127.0.0.1:${links[link].port}`,
  });
  const nats = (link: LinkName) => ({ ORION_BUS: 'nats', ORION_NATS_URL: `nats://127.0.0.1:${links[link].port}` });
  return (name, siteId) => {
    switch (name) {
      case 'gateway':
        return {
          ...common,
          ...redis('gateway->redis'),
          ORION_DATABASE_URL: database(around.databases.gateway, 'gateway->postgres'),
          ORION_HTTP_PORT: String(around.gatewayPort),
          ORION_ADMIN_KEY_FILE: around.adminKeyFile,
          ORION_RATE_LIMIT: '0',
        };
      case 'orchestrator-1':
      case 'orchestrator-2':
        return {
          ...common,
          ...redis(`${name}->redis`),
          ...nats(`${name}->nats`),
          ORION_DATABASE_URL: database(around.databases.orchestrator, `${name}->postgres`),
          ORION_HEALTH_PORT: '0',
        };
      case 'agent':
        return {
          ...common,
          ...nats('agent->nats'),
          ORION_SITE_ID: siteId,
          ORION_JOURNAL_DIR: around.journalDir,
          ORION_PVE_URL: `https://127.0.0.1:${links['agent->simulator'].port}`,
          ORION_PVE_TOKEN_ID: around.token.id,
          ORION_PVE_TOKEN_SECRET: around.token.secret,
          ORION_PVE_CA_FILE: around.caFile,
          ORION_PVE_POLL_FIRST: '20ms',
          ORION_INVENTORY_INTERVAL: INVENTORY_INTERVAL,
          ORION_HEALTH_PORT: '0',
        };
    }
  };
}
