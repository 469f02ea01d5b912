import type { PveVersion } from './sim';

/** Facts of a release. Error texts came into the body with 8.4. */
export function pveVersion(version: string): PveVersion {
  const [major = 9, minor = 0] = version.split('.').map(Number);
  return {
    version,
    release: `${major}.${minor}`,
    repoid: 'ee7bad0a3d1546c9',
    major,
    messageInBody: major > 8 || (major === 8 && minor >= 4),
  };
}

export const DEFAULT_PVE_VERSION = '9.1.9';
