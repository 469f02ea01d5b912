/** What a step takes a slot of. Absent or null: none. */
export interface Load {
  readonly host?: string | null | undefined;
  readonly storage?: string | null | undefined;
}

/** How many steps may load one host, and one storage, at a time. */
export interface SlotLimits {
  readonly perHost: number;
  readonly perStorage: number;
}

/** Names of the resources that a step loads, apart from each other even where a host and a storage share a name. */
export function resourcesOf(load: Load): readonly string[] {
  const resources: string[] = [];
  if (typeof load.host === 'string') resources.push(`host ${load.host}`);
  if (typeof load.storage === 'string') resources.push(`storage ${load.storage}`);
  return resources;
}

export function slotsOf(resource: string, limits: SlotLimits): number {
  return resource.startsWith('host ') ? limits.perHost : limits.perStorage;
}

/** Counts what is taken of each resource. */
export class SlotLedger {
  private readonly taken = new Map<string, number>();

  constructor(
    private readonly limits: SlotLimits,
    inFlight: Iterable<Load & { readonly count?: number }> = [],
  ) {
    for (const load of inFlight) this.take(resourcesOf(load), load.count ?? 1);
  }

  hasRoomFor(resources: readonly string[]): boolean {
    return resources.every((resource) => (this.taken.get(resource) ?? 0) < slotsOf(resource, this.limits));
  }

  /** The share of the hosts' slots that are taken among these resources, 0 to 1; storages are the same for all hosts. */
  busiestShare(resources: readonly string[]): number {
    const hosts = resources.filter((resource) => resource.startsWith('host '));
    return Math.max(0, ...hosts.map((host) => (this.taken.get(host) ?? 0) / slotsOf(host, this.limits)));
  }

  take(resources: readonly string[], count = 1): void {
    for (const resource of resources) this.taken.set(resource, (this.taken.get(resource) ?? 0) + count);
  }
}
