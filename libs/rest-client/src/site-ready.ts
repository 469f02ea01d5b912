import { setTimeout as delay } from 'node:timers/promises';
import type { RestClient } from './rest-client';

interface SiteReading {
  readonly agent: { readonly state: string };
  readonly inventoryAgeMs: number | null;
  readonly capacity: { readonly hosts: readonly unknown[] };
}

const LONGEST_WAIT_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Waits until the agent of a site is online; the site itself may be out of its reach. */
export function agentOnline(client: RestClient, siteId: string): Promise<void> {
  return waitForSite(client, siteId, ({ agent }) => agent.state === 'online');
}

/** Waits until a site's agent is online and has told what the site has. */
export function siteReady(client: RestClient, siteId: string): Promise<void> {
  return waitForSite(
    client,
    siteId,
    (site) => site.agent.state === 'online' && site.inventoryAgeMs !== null && site.capacity.hosts.length > 0,
  );
}

async function waitForSite(client: RestClient, siteId: string, accept: (site: SiteReading) => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const site = await client.get<SiteReading>(`/sites/${siteId}`);
    if (accept(site)) return;
    if (performance.now() > deadline) {
      throw new Error(
        `The agent of the site is ${site.agent.state} and its inventory ${site.inventoryAgeMs === null ? 'missing' : 'there'} after a minute.`,
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}
