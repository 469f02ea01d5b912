import { setTimeout as delay } from 'node:timers/promises';
import type { RestClient } from './rest-client';

interface SiteReading {
  readonly agent: { readonly state: string };
  readonly inventoryAgeMs: number | null;
  readonly capacity: { readonly hosts: readonly unknown[] };
}

const LONGEST_WAIT_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Waits until a site's agent is online and has told what the site has. */
export async function siteReady(client: RestClient, siteId: string): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const site = await client.get<SiteReading>(`/sites/${siteId}`);
    if (site.agent.state === 'online' && site.inventoryAgeMs !== null && site.capacity.hosts.length > 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        `The agent of the site is ${site.agent.state} and its inventory ${site.inventoryAgeMs === null ? 'missing' : 'there'} after a minute.`,
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}
