/**
 * Runs the tasks of this repository; `make <task>` and `npm run <task>` both end here. Needs Node and npm, nothing else:
 * each task installs the dependencies when package-lock.json has changed, and builds what it runs.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(ROOT, 'node_modules', '.orion-stamp');
const FLOOR = [20, 19];

const TASKS = {
  demo: [
    'Deploy a small range on a simulated cluster and show each step',
    install,
    build,
    node('apps/all-in-one/dist/demo/main.js'),
  ],
  up: ['Run all services in one process until Ctrl-C', install, build, node('apps/all-in-one/dist/main.js')],
  stack: [
    'Run the services as processes on Redis and NATS until Ctrl-C',
    install,
    build,
    deps,
    node('apps/all-in-one/dist/stack/main.js'),
  ],
  deps: ['Get redis-server and nats-server, which the tests need', deps],
  test: ['Run all tests: unit, integration, end to end', install, build, deps, jest],
  check: ['Check format, lint, types, boundaries and dead code', install, build, check],
  bench: ['Measure, one JSON line a figure', install, build, deps, node('bench/dist/main.js')],
  chaos: [
    'Break everything at random (SEED, FAULTS, JOBS) and count what was lost',
    install,
    build,
    deps,
    node('chaos/dist/main.js'),
    node('e2e/dist/protocol/main.js'),
  ],
  build: ['Compile everything', install, build],
  docs: [
    'Write docs/reference/configuration.md from the code',
    install,
    build,
    node('scripts/write-configuration-docs.mjs'),
  ],
  clean: ['Remove what was built, installed and stored', clean],
};

let current;
for (const signal of ['SIGINT', 'SIGTERM']) {
  // The terminal sends Ctrl-C to the child as well; we stay until it has ended and answer as it did.
  process.on(signal, () => {
    if (current === undefined) process.exit(128 + constants.signals[signal]);
    if (signal === 'SIGTERM') current.kill(signal);
  });
}

const [task = '', ...args] = process.argv.slice(2);
if (!(task in TASKS)) {
  if (task !== '') console.error(`There is no task "${task}". The tasks are:`);
  for (const [name, [purpose]] of Object.entries(TASKS)) console.log(`  ${name.padEnd(8)}${purpose}`);
  process.exit(task === '' ? 0 : 2);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
  console.error(`Node ${FLOOR.join('.')} or newer is needed; this is Node ${process.versions.node}.`);
  process.exit(2);
}
process.chdir(ROOT);
// People read what these two print; who wants every line says so.
if (task === 'up' || task === 'stack') process.env.ORION_LOG_LEVEL ||= 'warn';
for (const step of TASKS[task].slice(1)) {
  const code = await step(args);
  if (code !== 0) process.exit(code);
}

/** Repeats nothing while package-lock.json is the one that was installed. */
async function install() {
  const digest = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return 0;
  console.error('Installing dependencies (npm ci)');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=silent'];
  // npm ci refuses a lock file without the optional packages of other platforms, which some registries do not carry;
  // npm install takes the same locked versions and leaves those out.
  let code = await run('npm', ['ci', ...quiet]);
  if (code !== 0) code = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code === 0) writeFileSync(STAMP, digest);
  return code;
}

function build() {
  return run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
}

async function deps() {
  const { ensureDeps } = await import('./deps.mjs');
  return ensureDeps();
}

function jest(extra) {
  // --forceExit: the test environment already fails a file that leaves something open; no need to hang on it as well.
  const reporters = ['--reporters=default', '--reporters=<rootDir>/scripts/closing-line-reporter.cjs'];
  return run(process.execPath, ['node_modules/jest/bin/jest.js', '--forceExit', ...reporters, ...extra]);
}

/** Runs every check, also after one has failed, so that one call tells all. */
async function check() {
  const checks = [
    ['format', 'prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']],
    ['lint', 'eslint/bin/eslint.js', ['--max-warnings=0', '.']],
    [
      'boundaries',
      'dependency-cruiser/bin/dependency-cruise.mjs',
      ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'e2e', 'bench', 'chaos'],
    ],
    ['dead code', 'knip/bin/knip.js', []],
  ];
  const failed = [];
  for (const [name, script, options] of checks) {
    if ((await run(process.execPath, [join('node_modules', script), ...options])) !== 0) failed.push(name);
    console.error(`check: ${name} ${failed.includes(name) ? 'failed' : 'ok'}`);
  }
  return failed.length === 0 ? 0 : 1;
}

async function clean() {
  const { folderInUse, removeClusters } = await import('./remove-clusters.mjs');
  const inUse = folderInUse(ROOT);
  if (inUse !== undefined) {
    console.error(`Orion Range runs on ${inUse.dir}, as process ${inUse.pid}. Stop it first.`);
    return 1;
  }
  removeClusters(ROOT);
  for (const path of ['node_modules', '.orion', 'coverage']) rmSync(path, { recursive: true, force: true });
  for (const folder of ['apps', 'libs', 'e2e', 'bench', 'chaos']) {
    const built = readdirSync(folder, { recursive: true }).filter((path) => basename(path) === 'dist');
    for (const path of built) rmSync(join(folder, path), { recursive: true, force: true });
  }
  return 0;
}

function node(script) {
  return (extra) => run(process.execPath, ['--enable-source-maps', script, ...extra]);
}

function run(command, commandArgs) {
  return new Promise((settle) => {
    current = spawn(command, commandArgs, { stdio: 'inherit' });
    const end = (code) => {
      current = undefined;
      settle(code);
    };
    current.once('error', (error) => {
      console.error(`${command} cannot be run: ${error.message}`);
      end(127);
    });
    current.once('exit', (code, signal) => end(code ?? 128 + constants.signals[signal]));
  });
}
