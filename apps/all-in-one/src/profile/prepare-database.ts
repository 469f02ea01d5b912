import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate, urlAs } from '@orion/persistence';
import type { Secrets } from './secrets';

export interface DatabaseUrls {
  readonly gateway: string;
  readonly orchestrator: string;
}

/** Brings a database to this release and lets the services log in. `url` is the superuser's. Safe to repeat. */
export async function prepareDatabase(url: string, secrets: Secrets): Promise<DatabaseUrls> {
  await migrate(url);
  await migrateQueueSchema(url, ['orion_gateway', 'orion_orchestrator']);
  await grantLogin(url, { gateway: secrets.gatewayPassword, orchestrator: secrets.orchestratorPassword });
  return {
    gateway: urlAs(url, 'orion_gateway', secrets.gatewayPassword),
    orchestrator: urlAs(url, 'orion_orchestrator', secrets.orchestratorPassword),
  };
}
