import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RestClient } from '@orion/rest-client';
import { runToEnd, spawnService, temporaryDataDir, waitFor, type SpawnedService } from '@orion/testing';

const DIST = join(__dirname, '../dist');
const BLUEPRINT = readFileSync(join(__dirname, '../../../examples/blueprints/one-node.yaml'), 'utf8');

/** Living processes whose command or environment names the folder, or the one where root's PostgreSQL lies for it. */
function processesOf(dataDir: string): readonly string[] {
  const elsewhere = read(join(dataDir, 'postgres/lies-elsewhere')).trim() || dataDir;
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      const text = read(`/proc/${pid}/cmdline`) + read(`/proc/${pid}/environ`);
      return text.includes(dataDir) || text.includes(elsewhere);
    })
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

describe.each([
  ['all in one process', 'main.js'],
  ['as processes on Redis and NATS', 'stack/main.js'],
])('a platform that runs %s', (_, program) => {
  const dataDir = temporaryDataDir('life');
  const main = join(DIST, program);
  const env = {
    HOME: dataDir,
    ORION_DATA_DIR: dataDir,
    ORION_HTTP_PORT: '0',
    ORION_POSTGRES_DURABLE: 'false',
    ORION_LOG_LEVEL: 'warn',
  };
  const start = (): Promise<SpawnedService> => spawnService(main, { env, readyMs: 60_000 });
  const client = ({ urls }: SpawnedService): RestClient =>
    new RestClient(urls['http'] ?? '', read(join(dataDir, 'admin-key')).trim());
  let platform: SpawnedService;

  test('prints its address, and the admin key once', async () => {
    platform = await start();

    const text = platform.lines.join('\n');
    expect(text).toContain(`Orion Range is up at ${platform.urls['http']}`);
    expect(text).toContain(`Admin key, shown this once: ${read(join(dataDir, 'admin-key')).trim()}`);
    await client(platform).request('POST', '/blueprints', { text: BLUEPRINT, mediaType: 'application/yaml' });
  });

  test('refuses a second start on its folder in a sentence, and runs on', async () => {
    const { code, lines } = await runToEnd(main, { env });

    expect(code).toBe(1);
    expect(lines.slice(1)).toEqual([
      `Orion Range runs on ${dataDir} already, as process ${platform.pid}. Stop it, or set ORION_DATA_DIR to another folder.`,
    ]);
    expect(platform.running).toBe(true);
  });

  test('ends at Ctrl-C with everything that it has started', async () => {
    platform.signal('SIGINT');

    expect(await platform.exited).toEqual({ code: 0, signal: null });
    expect(processesOf(dataDir)).toEqual([]);
  });

  test('has kept what was stored at its next start, which does not show the key again', async () => {
    platform = await start();

    expect(await client(platform).get('/blueprints')).toMatchObject({ items: [{ name: 'one-node' }] });
    expect(platform.lines.join('\n')).toMatch(
      /The admin key was shown at the first start and is kept in \S+admin-key;/,
    );
    expect(platform.lines.join('\n')).not.toContain(read(join(dataDir, 'admin-key')).trim());
  });

  test('leaves no process when it is killed, and comes up again', async () => {
    await platform.kill();
    await waitFor(() => processesOf(dataDir).length === 0, { describe: 'the end of all that it had started' });

    platform = await start();
    expect(await client(platform).get('/blueprints')).toMatchObject({ items: [{ name: 'one-node' }] });
    await platform.stop();
  });
});

test('a port that is taken is told by its variable, before anything is started', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const dataDir = temporaryDataDir('port');

  const { code, lines } = await runToEnd(join(DIST, 'main.js'), {
    env: { ORION_DATA_DIR: dataDir, ORION_HTTP_PORT: String(port) },
  });

  expect(code).toBe(1);
  expect(lines).toContain(
    `Port ${port} on 127.0.0.1 is taken by another process; set ORION_HTTP_PORT to another one, or to 0 for any.`,
  );
  expect(readdirSync(dataDir)).toEqual([]);
  await new Promise((resolve) => taken.close(resolve));
});
