import { join } from 'node:path';

/** One change to a compiled production module, made as it is loaded. */
export interface Patch {
  /** End of the module's path, such as `apps/gateway/dist/jobs/job-relay.js`. */
  readonly module: string;
  /** Must stand exactly once in the module: a patch that no longer fits fails the process that asked for it. */
  readonly find: string;
  readonly replace: string;
}

const PATCHES = 'ORION_TEST_PATCHES';
/** The compiled one, seen from `src` and from `dist` alike. */
const PRELOAD = join(__dirname, '../../dist/patched-build/preload.js');

/**
 * Environment of a service process that runs with these patches: a build from which a guard was taken out, or in which
 * something goes wrong at a chosen place. Production code has no switch for either.
 */
export function patchedBuild(patches: readonly Patch[]): Readonly<Record<string, string>> {
  if (patches.length === 0) return {};
  return { NODE_OPTIONS: `--require ${PRELOAD}`, [PATCHES]: JSON.stringify(patches) };
}

/** The patches that this process was asked for. */
export function wantedPatches(): readonly Patch[] {
  return JSON.parse(process.env[PATCHES] ?? '[]') as Patch[];
}
