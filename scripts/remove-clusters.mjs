import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/**
 * Removes the PostgreSQL clusters of this clone that root keeps elsewhere (libs/runtime, embedded-postgres). Each tells in
 * its file `origin` which folder of a clone it stands for.
 */
export function removeClusters(root) {
  for (const home of ['/var/lib/orion-range', join(tmpdir(), 'orion-range')]) {
    if (!existsSync(home)) continue;
    for (const name of readdirSync(home).filter((entry) => entry.startsWith('cluster-'))) {
      const origin = read(join(home, name, 'origin'));
      const digest = createHash('sha256').update(origin).digest('hex').slice(0, 12);
      if (name === `cluster-${digest}` && origin.startsWith(root + sep)) rmSync(join(home, name), { recursive: true });
    }
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
