import type { EntityManager } from 'typeorm';

import { execute, statement } from '../database/statement';

const LOCK = statement('installation-lock', `SELECT pg_advisory_xact_lock(hashtextextended('orion-first-start', 3))`);
const ENSURE = statement(
  'installation-ensure',
  `INSERT INTO installation (id) VALUES ($1) ON CONFLICT (singleton) DO NOTHING`,
);
const ID = statement('installation-id', `SELECT id FROM installation`);
const HAS_PLATFORM = statement(
  'installation-has-platform-tenant',
  `SELECT EXISTS (SELECT 1 FROM tenant WHERE operates_platform) AS "has"`,
);

/** What exists once per installation. */
export class InstallationStore {
  constructor(private readonly db: EntityManager) {}

  /** Lets one first start happen at a time, until the commit. */
  async lockFirstStart(): Promise<void> {
    await execute(this.db, LOCK);
  }

  /** The installation's id; `id` becomes it when there is none yet. */
  async ensure(id: string): Promise<string> {
    await execute(this.db, ENSURE, [id]);
    return (await execute<{ id: string }>(this.db, ID))[0]?.id ?? id;
  }

  /** Tells whether some tenant operates the platform. Needs the platform scope. */
  async hasPlatformTenant(): Promise<boolean> {
    return (await execute<{ has: boolean }>(this.db, HAS_PLATFORM))[0]?.has === true;
  }
}
