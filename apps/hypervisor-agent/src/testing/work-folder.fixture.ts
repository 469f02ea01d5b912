import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerTestResource } from '@orion/testing';

/** Where the compiled applications lie, seen from `src` and from `dist` alike. */
export const APPS = join(__dirname, '../../..');

export interface WorkFolder {
  readonly path: string;
}

/** An empty folder that ends with the test file. */
export async function aWorkFolder(): Promise<WorkFolder> {
  const path = await mkdtemp(join(tmpdir(), 'orion-agent-'));
  registerTestResource({ dispose: () => rm(path, { recursive: true, force: true }) });
  return { path };
}
