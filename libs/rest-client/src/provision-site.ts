import type { RestClient } from './rest-client';

/** Settings and templates of a site as its operator registers them. */
export interface SiteDescription {
  readonly settings: {
    readonly name: string;
    /** How networks of ranges are kept apart: tags on the bridge, or VNets of the zone. */
    readonly networkMode?: 'vlan' | 'sdn';
    readonly bridge?: string;
    readonly sdnZone?: string;
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

type SiteReading = SiteDescription['settings'] & { readonly id: string };

/** Registers a site over REST, or finds the one of that name; either way settings and catalogue are as described. */
export async function provisionSite(client: RestClient, { settings, templates }: SiteDescription): Promise<string> {
  const { items } = await client.get<{ items: readonly SiteReading[] }>(
    `/sites?name=${encodeURIComponent(settings.name)}`,
  );
  const known = items.find(({ name }) => name === settings.name);
  const { id } = known ?? (await client.post<SiteReading>('/sites', settings));
  if (known !== undefined && differs(known, settings)) {
    await client.request('PATCH', `/sites/${id}`, { body: settings, headers: { 'if-match': '*' } });
  }
  await client.request('PUT', `/sites/${id}/templates`, { body: { templates } });
  return id;
}

function differs(known: SiteDescription['settings'], wanted: SiteDescription['settings']): boolean {
  return Object.entries(wanted).some(([name, value]) => known[name as keyof typeof known] !== value);
}
