import type { RestClient } from './rest-client';

/** Settings and templates of a site as its operator registers them. */
export interface SiteDescription {
  readonly settings: {
    readonly name: string;
    readonly bridge: string;
    readonly pool: string;
    readonly vmIdFirst: number;
    readonly vmIdLast: number;
    readonly vlanFirst: number;
    readonly vlanLast: number;
    readonly hostSlots?: number;
    readonly storageSlots?: number;
  };
  readonly templates: readonly {
    readonly name: string;
    readonly vmId: number;
    readonly host: string;
    readonly storage: string;
    readonly shared: boolean;
    readonly os: 'linux' | 'windows' | 'other';
    readonly guestAgent: boolean;
    readonly memoryMiB: number;
    readonly diskGiB: number;
  }[];
}

interface SiteReading {
  readonly id: string;
  readonly name: string;
}

/** Registers a site over REST, or finds the one of that name; either way its catalogue is as described. */
export async function provisionSite(client: RestClient, site: SiteDescription): Promise<string> {
  const { items } = await client.get<{ items: readonly SiteReading[] }>(
    `/sites?name=${encodeURIComponent(site.settings.name)}`,
  );
  const known = items.find(({ name }) => name === site.settings.name);
  const { id } = known ?? (await client.post<SiteReading>('/sites', site.settings));
  await client.request('PUT', `/sites/${id}/templates`, { body: { templates: site.templates } });
  return id;
}
