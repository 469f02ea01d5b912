import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerTestResource } from '../jest/test-resources';

/**
 * A folder for the data of a platform, removed with the test file; so is the database that root's PostgreSQL keeps
 * elsewhere for it. Make it before what uses it: what is registered last ends first.
 */
export function temporaryDataDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `orion-${name}-`));
  registerTestResource({
    dispose: async () => {
      const marker = join(dir, 'postgres', 'lies-elsewhere');
      const folders = existsSync(marker) ? [readFileSync(marker, 'utf8').trim(), dir] : [dir];
      // A server whose launcher was killed is ended by its guard, which takes a moment.
      for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  });
  return dir;
}
