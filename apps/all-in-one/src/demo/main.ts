import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RestClient } from '@orion/rest-client';
import type { Environment, RunningService } from '@orion/runtime';
import { allInOneService } from '../all-in-one.service';
import { runDemo } from './run-demo';

const ROOT = join(__dirname, '../../../..');
/** Operations of the simulated cluster at a tenth of what a real one takes: the demo is about the path, not the wait. */
const FACTOR = '0.1';

/** Data of the demo, apart from those of an installation that stays; one folder for each site it is shown on. */
function dataDir(): string {
  const site = Object.entries(process.env).filter(([name]) => name.startsWith('SITE_'));
  if (site.length === 0) return join(ROOT, '.orion', 'demo');
  const hash = createHash('sha256').update(JSON.stringify(site.sort())).digest('hex').slice(0, 12);
  return join(ROOT, '.orion', `demo-${hash}`);
}

async function main(): Promise<void> {
  const env: Environment = {
    ORION_DATA_DIR: dataDir(),
    ORION_HTTP_PORT: '0',
    ORION_LOG_LEVEL: 'error',
    ORION_SIMULATOR_FACTOR: FACTOR,
    ORION_POSTGRES_DURABLE: 'false',
    ...process.env,
  };
  process.env['ORION_LOG_LEVEL'] ??= 'error';
  process.stdout.write('Starting PostgreSQL, gateway, orchestrator, agent and cluster …\n');
  const platform = await allInOneService.start(env);
  const stop = stopOnce(platform);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(130)));
  }
  try {
    const { http = '', adminKeyFile = '', siteId = '', simulatorAdmin } = platform.urls;
    const client = new RestClient(http, (await readFile(adminKeyFile, 'utf8')).trim());
    await runDemo({
      client,
      siteId,
      blueprints: join(ROOT, 'examples/blueprints'),
      blueprint: simulatorAdmin === undefined ? 'linux-lab.yaml' : 'small-office.yaml',
      out: process.stdout,
      ...(simulatorAdmin !== undefined && { vmsOf: vmsAt(new RestClient(simulatorAdmin, '')) }),
    });
  } finally {
    await stop();
  }
  process.stdout.write('\ndemo: ok\n');
}

function stopOnce(platform: RunningService): () => Promise<unknown> {
  let stopped: Promise<unknown> | undefined;
  return () => (stopped ??= platform.stop());
}

/** Counts the VMs that carry a range's tag, as the simulated cluster itself sees them. */
function vmsAt(simulator: RestClient): (rangeId: string) => Promise<number> {
  return async (rangeId) => {
    const vms = await simulator.get<readonly { tags: readonly string[] }[]>('/vms');
    return vms.filter(({ tags }) => tags.some((tag) => tag.includes(rangeId))).length;
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\ndemo: failed\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
