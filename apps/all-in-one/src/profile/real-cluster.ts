import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { StartError, type ConfigOf } from '@orion/runtime';
import type { platformConfig } from './platform-config';
import type { ClusterAccess } from './simulated-cluster';

/**
 * How to reach the cluster that SITE_URL names; undefined when none is named. Throws a sentence when what belongs to it is
 * missing or unusable; nothing is sent.
 */
export async function realCluster(config: ConfigOf<typeof platformConfig>): Promise<ClusterAccess | undefined> {
  const { SITE_URL: url, SITE_TOKEN: token, SITE_CA: caFile, SITE_FINGERPRINT: fingerprint } = config;
  if (url === undefined) {
    if (token === undefined) return undefined;
    throw new StartError('SITE_TOKEN is set, but SITE_URL is not: give both, or none for a simulated cluster.');
  }
  if (token === undefined) throw new StartError('SITE_URL needs SITE_TOKEN, an API token as USER@REALM!ID=SECRET.');
  if (caFile !== undefined) await assertCertificate(caFile);
  return { url, token, caFile, fingerprint };
}

async function assertCertificate(file: string): Promise<void> {
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new StartError(`SITE_CA names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  });
  try {
    new X509Certificate(pem);
  } catch {
    throw new StartError(
      `SITE_CA names ${file}, which holds no certificate in PEM; use /etc/pve/pve-root-ca.pem of a host of the cluster.`,
    );
  }
}
