/**
 * Gets redis-server and nats-server, which the tests of the distributed profile need: found by URL or on PATH; else
 * installed with apt-get on Debian as root; else, as a plain user, unpacked from Debian's packages into .orion/deps.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const DEPS = join(ROOT, '.orion', 'deps');
const SERVERS = [
  { program: 'redis-server', variable: 'ORION_TEST_REDIS_URL', packages: ['redis-server', 'redis-tools'] },
  { program: 'nats-server', variable: 'ORION_TEST_NATS_URL', packages: ['nats-server'] },
];

/** Answers 0 when every server is there, else tells what to do and answers 1. */
export function ensureDeps() {
  const missing = SERVERS.filter((server) => !isThere(server));
  if (missing.length === 0) return 0;
  const names = missing.map(({ program }) => program).join(' and ');
  const packages = missing.flatMap((server) => server.packages);
  if (!isCommand('apt-get')) return giveUp(missing, 'this is not Debian');
  console.error(`deps: getting ${names} from Debian's packages`);
  try {
    if (process.getuid() === 0) installAsRoot(packages);
    else unpackAsUser(packages);
  } catch (error) {
    return giveUp(
      missing,
      `apt-get failed: ${String(error.stderr || error.message)
        .trim()
        .split('\n')
        .at(-1)}`,
    );
  }
  const still = missing.filter((server) => !isThere(server));
  return still.length === 0 ? 0 : giveUp(still, 'the packages did not bring it');
}

function isThere({ program, variable }) {
  const folders = (process.env.PATH ?? '')
    .split(':')
    .concat(['/usr/bin', '/usr/sbin', '/usr/local/bin', join(DEPS, 'usr/bin'), join(DEPS, 'usr/sbin')]);
  return Boolean(process.env[variable]) || folders.some((folder) => existsSync(join(folder, program)));
}

/** The packages want to start system services; a policy-rc.d that says no (101) keeps them from it while we install. */
function installAsRoot(packages) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
  }
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    apt(['update', '-qq'], env);
    apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], env);
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** Downloads the packages with the libraries that the system lacks, by an apt state of our own, and unpacks them. */
function unpackAsUser(packages) {
  const work = join(DEPS, '.apt');
  const downloads = join(work, 'debs');
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(work, folder), { recursive: true });
  const options = [
    ...['-o', `Dir::State::Lists=${join(work, 'state/lists')}`, '-o', `Dir::Cache=${join(work, 'cache')}`],
    ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='],
  ];
  apt(['update', '-qq', ...options]);
  const wanted = apt(['install', '--print-uris', '-y', '-qq', '--no-install-recommends', ...options, ...packages]);
  const names = [...wanted.matchAll(/^'[^']*' ([^ _]+)_/gm)]
    .map(([, name]) => name)
    .filter((name) => !/^(adduser|lsb-base|init-system-helpers)$/.test(name));
  apt(['download', '-qq', ...options, ...new Set([...packages, ...names])], process.env, downloads);
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['-x', join(downloads, file), DEPS], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  rmSync(work, { recursive: true, force: true });
}

function apt(args, env = process.env, cwd = ROOT) {
  return execFileSync('apt-get', args, {
    env,
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  });
}

function isCommand(name) {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

function giveUp(missing, reason) {
  console.error(`deps: ${missing.map(({ program }) => program).join(' and ')} could not be had (${reason}).`);
  console.error('Install them by hand, or run them in Docker and say where they are:');
  console.error('  docker run -d --rm -p 6379:6379 redis:7 redis-server --maxmemory-policy noeviction');
  console.error('  docker run -d --rm -p 4222:4222 nats:2');
  console.error('  export ORION_TEST_REDIS_URL=redis://127.0.0.1:6379 ORION_TEST_NATS_URL=nats://127.0.0.1:4222');
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(ensureDeps());
