import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where `npm run deps` puts what a user without root rights cannot install: the same depth from `src` and `dist`. */
const DEPS = join(__dirname, '..', '..', '..', '..', '.orion', 'deps');
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/usr/local/sbin'];

/** Finds a server program on PATH, in the usual folders, or below `.orion/deps`; undefined when it is nowhere. */
export function findProgram(name: string): Program | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const installed = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (installed !== undefined) return { path: installed, env: process.env };
  const unpacked = ['usr/bin', 'usr/sbin'].map((folder) => join(DEPS, folder, name)).find(isExecutable);
  if (unpacked === undefined) return undefined;
  return { path: unpacked, env: { ...process.env, LD_LIBRARY_PATH: libraryFolders().join(delimiter) } };
}

function libraryFolders(): string[] {
  return ['usr/lib', 'lib']
    .map((folder) => join(DEPS, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((entry) => join(folder, entry))]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
