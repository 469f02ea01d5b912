import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/**
 * Removes the PostgreSQL clusters of this clone that root keeps elsewhere (libs/runtime, embedded-postgres), and those of
 * temporary folders that are gone; with the last cluster also the programs. Each cluster tells in its file `origin` which
 * folder it stands for.
 */
export function removeClusters(root) {
  for (const home of ['/var/lib/orion-range', join(tmpdir(), 'orion-range')]) {
    if (!existsSync(home)) continue;
    const clusters = readdirSync(home).filter((entry) => entry.startsWith('cluster-'));
    const ours = clusters.filter((name) => isOurs(name, read(join(home, name, 'origin')), root));
    for (const name of ours) rmSync(join(home, name), { recursive: true, force: true });
    if (ours.length === clusters.length) rmSync(home, { recursive: true, force: true });
  }
}

/** The process that uses a folder of data below `.orion`, and that folder; undefined when none is in use. */
export function folderInUse(root) {
  const data = join(root, '.orion');
  if (!existsSync(data)) return undefined;
  for (const dir of [data, ...readdirSync(data).map((name) => join(data, name))]) {
    const [pid, begun] = read(join(dir, 'launcher')).split(' ');
    if (pid && isAlive(pid, begun)) return { dir, pid };
  }
  return undefined;
}

function isOurs(name, origin, root) {
  const digest = createHash('sha256').update(origin).digest('hex').slice(0, 12);
  if (name !== `cluster-${digest}`) return false;
  return origin.startsWith(root + sep) || (origin.startsWith(tmpdir() + sep) && !existsSync(origin));
}

/** Another process may have got the number since; it began at another time. */
function isAlive(pid, begun) {
  // proc(5): after the name in parentheses come the state, Z for a process that has ended, and as 20th the start time.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat !== '' && fields[0] !== 'Z' && fields[19] === begun;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
