import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RestClient } from '@orion/rest-client';
import type { Environment } from '@orion/runtime';
import { allInOneService } from '../all-in-one.service';
import { runDemo } from './run-demo';

const ROOT = join(__dirname, '../../../..');
/** Operations of the simulated cluster at a tenth of what a real one takes: the demo is about the path, not the wait. */
const FACTOR = '0.1';

/** Credentials may change without the site becoming another one. */
const CREDENTIALS = ['SITE_TOKEN', 'SITE_TOKEN_FILE', 'SITE_CA', 'SITE_FINGERPRINT'];

/** Data of the demo, apart from those of an installation that stays; one folder for each site it is shown on. */
function dataDir(): string {
  const site = Object.entries(process.env).filter(
    ([name, value]) => name.startsWith('SITE_') && !CREDENTIALS.includes(name) && value !== '',
  );
  if (site.length === 0) return join(ROOT, '.orion', 'demo');
  const hash = createHash('sha256').update(JSON.stringify(site.sort())).digest('hex').slice(0, 12);
  return join(ROOT, '.orion', `demo-${hash}`);
}

async function main(signal: AbortSignal): Promise<void> {
  process.env['ORION_LOG_LEVEL'] ??= 'error';
  const env: Environment = {
    ORION_DATA_DIR: dataDir(),
    ORION_HTTP_PORT: '0',
    ORION_BANNER: 'false',
    ORION_SIMULATOR_FACTOR: FACTOR,
    ORION_POSTGRES_DURABLE: 'false',
    ...process.env,
  };
  process.stdout.write('Starting PostgreSQL, gateway, orchestrator, agent and cluster …\n');
  const platform = await allInOneService.start(env);
  try {
    const { http = '', adminKeyFile = '', siteId = '', simulatorAdmin } = platform.urls;
    process.stdout.write(`Orion Range is up at ${http} (API documentation at ${http}/docs); Ctrl-C ends it.\n`);
    const client = new RestClient(http, (await readFile(adminKeyFile, 'utf8')).trim());
    await runDemo({
      client,
      siteId,
      blueprints: join(ROOT, 'examples/blueprints'),
      blueprint: simulatorAdmin === undefined ? 'linux-lab.yaml' : 'small-office.yaml',
      out: process.stdout,
      signal,
      ...(simulatorAdmin !== undefined && {
        vmsOf: vmsAt(new RestClient(simulatorAdmin, '')),
        byHand: spoilAt(new RestClient(simulatorAdmin, '')),
      }),
    });
  } finally {
    await platform.stop();
  }
  process.stdout.write('\ndemo: ok\n');
}

/** Counts the VMs that carry a range's tag, as the simulated cluster itself sees them. */
function vmsAt(simulator: RestClient): (rangeId: string) => Promise<number> {
  return async (rangeId) => {
    const vms = await simulator.get<readonly { tags: readonly string[] }[]>('/vms');
    return vms.filter(({ tags }) => tags.some((tag) => tag.includes(rangeId))).length;
  };
}

/** What a careless colleague does in the web interface of the hypervisor. */
function spoilAt(simulator: RestClient): (vmId: number) => Promise<string> {
  return async (vmId) => {
    await simulator.request('PATCH', `/vms/${vmId}`, {
      body: { status: 'stopped', config: { memory: '8192' }, files: { '/root/left-behind': 'x' } },
    });
    return `VM ${vmId} is stopped, has 8192 MiB and a file that was not there`;
  };
}

const interruption = new AbortController();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(code);
    interruption.abort(new Error('Interrupted.'));
  });
}
main(interruption.signal).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\ndemo: failed\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(interruption.signal.aborted ? 130 : 1);
  },
);
