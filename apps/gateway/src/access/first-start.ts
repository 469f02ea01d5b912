import { ApiKeyStore, InstallationStore, inTenant, setTenant, TenantStore } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { DataSource } from 'typeorm';
import { v7 as uuid7 } from 'uuid';

import { generateApiKey } from './api-key-format';

const log = logger('first-start');

/** No tenant: row-level security shows what belongs to the platform alone. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Makes the installation's id, the tenant `default`, which operates the platform, and its admin key, unless they are
 * there: exactly once, however many gateways start at once. The key is handed over before the commit, so that no crash
 * leaves an installation to which nobody has the key.
 */
export async function firstStart(source: DataSource, deliver: (key: string) => Promise<void>): Promise<void> {
  await inTenant(source, { tenantId: NOBODY, platform: true }, async (db) => {
    const installation = new InstallationStore(db);
    await installation.lockFirstStart();
    await installation.ensure(uuid7());
    if (await installation.hasPlatformTenant()) return;
    const tenantId = uuid7();
    log.info('Creating the first tenant and its admin key', { tenantId });
    await new TenantStore(db).add({ id: tenantId, name: 'default', operatesPlatform: true });
    await setTenant(db, { tenantId, platform: true });
    const { id, key, secretHash } = generateApiKey();
    await new ApiKeyStore(db).add({ id, tenantId, name: 'first admin', role: 'admin', scopes: [], secretHash });
    await deliver(key);
  });
}

/** Where the first admin key goes: into a file that only its owner reads, or to standard output. Never into the log. */
export function deliverTo(file: string | undefined): (key: string) => Promise<void> {
  return async (key) => {
    if (file === undefined) {
      process.stdout.write(`First admin key, shown this once: ${key}\n`);
      return;
    }
    const draft = `${file}.${process.pid}.tmp`;
    await rm(draft, { force: true });
    await writeFile(draft, `${key}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, file);
  };
}
