import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface VersionInfo {
  readonly version: string;
  /** The full commit hash, or `unknown`. */
  readonly commit: string;
}

/** The same depth from `src` and from `dist`. */
const ROOT = join(__dirname, '..', '..', '..');
let known: VersionInfo | undefined;

/**
 * What runs: the version of the root `package.json`, and the commit from ORION_COMMIT (images are built with it) or from
 * the clone's `.git`, which is read without calling git.
 */
export function versionInfo(): VersionInfo {
  known ??= { version: packageVersion(), commit: process.env['ORION_COMMIT'] || commitOfClone(join(ROOT, '.git')) };
  return known;
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

function commitOfClone(git: string): string {
  const head = read(join(git, 'HEAD')).trim();
  if (!head.startsWith('ref: ')) return head || 'unknown';
  const ref = head.slice('ref: '.length);
  const packed = read(join(git, 'packed-refs'))
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`));
  return read(join(git, ref)).trim() || packed?.split(' ')[0] || 'unknown';
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
