import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RestClient, siteReady } from '@orion/rest-client';
import { spawnService, type SpawnedService } from '../services/spawn-service';
import { temporaryDataDir } from './data-dir';

/** Both profiles, the same code: what holds on one must hold on the other. */
export const PROFILES = ['all-in-one', 'distributed'] as const;
export type Profile = (typeof PROFILES)[number];

/** The repository, seen from `src` and from `dist` alike. */
const ROOT = join(__dirname, '../../../..');
const MAINS: Readonly<Record<Profile, string>> = {
  'all-in-one': 'apps/all-in-one/dist/main.js',
  distributed: 'apps/all-in-one/dist/stack/main.js',
};

export interface Platform {
  readonly client: RestClient;
  readonly siteId: string;
  readonly url: string;
  /** Where the first admin key lies, as `admin-key`. */
  readonly dataDir: string;
  /** Admin endpoint of the simulated cluster. */
  readonly simulator: RestClient;
  readonly process: SpawnedService;
}

/**
 * Starts a whole installation on a simulated cluster as child processes. It ends with the test file.
 * Operations take a fiftieth of their real time unless ORION_SIMULATOR_FACTOR says otherwise.
 */
export async function startPlatform(profile: Profile, env: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const dataDir = temporaryDataDir(`e2e-${profile}`);
  const process = await spawnService(join(ROOT, MAINS[profile]), {
    env: {
      HOME: dataDir,
      ORION_DATA_DIR: dataDir,
      ORION_HTTP_PORT: '0',
      ORION_POSTGRES_DURABLE: 'false',
      ORION_SIMULATOR_FACTOR: '0.02',
      ORION_LOG_LEVEL: 'warn',
      ORION_RATE_LIMIT: '0',
      ...env,
    },
    readyMs: 90_000,
  });
  const { http = '', simulatorAdmin = '' } = process.urls;
  const client = new RestClient(http, readFileSync(join(dataDir, 'admin-key'), 'utf8').trim());
  const { items } = await client.get<{ items: readonly { id: string }[] }>('/sites');
  const siteId = items[0]?.id ?? '';
  await siteReady(client, siteId);
  return { client, siteId, url: http, dataDir, simulator: new RestClient(simulatorAdmin, ''), process };
}
