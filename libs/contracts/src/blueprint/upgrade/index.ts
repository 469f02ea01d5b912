import { UPGRADE_V0_TO_V1 } from './upgrade-v0-to-v1';
import type { Upgrade } from './upgrade';

/** By the version that they read. A document goes through them one by one, up to the current version. */
export const UPGRADES: ReadonlyMap<number, Upgrade> = new Map(
  [UPGRADE_V0_TO_V1].map((upgrade) => [upgrade.from, upgrade]),
);

export type { Upgrade } from './upgrade';
