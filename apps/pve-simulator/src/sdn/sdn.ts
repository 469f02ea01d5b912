export type SdnConfig = Record<string, string | number>;

interface SdnState {
  readonly zones: Map<string, SdnConfig>;
  readonly vnets: Map<string, SdnConfig>;
  readonly subnets: Map<string, SdnConfig>;
}

const empty = (): SdnState => ({ zones: new Map(), vnets: new Map(), subnets: new Map() });
const copy = (map: Map<string, SdnConfig>) => new Map([...map].map(([id, config]) => [id, { ...config }]));

interface SavedSdn {
  readonly pending: [string, SdnConfig][][];
  readonly running: [string, SdnConfig][][];
  readonly version: number;
  readonly hosts: [string, number, string[]][];
}

/** What a host has: the version that was applied to it last, and the VNets of that. */
interface HostNetworks {
  readonly version: number;
  readonly vnets: ReadonlySet<string>;
}

/** Software-defined networks: what is configured, what was applied, and what each host has of it. */
export class Sdn {
  pending: SdnState = empty();
  running: SdnState = empty();
  lockToken: string | undefined;
  private version = 0;
  private readonly hosts = new Map<string, HostNetworks>();

  /** Makes what is configured count. Hosts have it when they have reloaded their network. */
  commit(): void {
    this.running = this.snapshotOf(this.pending);
    this.version += 1;
  }

  reload(host: string): void {
    this.hosts.set(host, { version: this.version, vnets: new Set(this.running.vnets.keys()) });
  }

  /** Whether a host has reloaded since the last commit; nothing was ever committed: it has. */
  isCurrent(host: string): boolean {
    return (this.hosts.get(host)?.version ?? 0) === this.version;
  }

  hasVnet(host: string, vnet: string): boolean {
    return this.hosts.get(host)?.vnets.has(vnet) === true;
  }

  rollback(): void {
    this.pending = this.snapshotOf(this.running);
  }

  /** The zone of a virtual network. */
  zoneOf(vnet: string, view: 'pending' | 'running'): string | undefined {
    const zone = this[view].vnets.get(vnet)?.['zone'];
    return zone === undefined ? undefined : String(zone);
  }

  save(): unknown {
    const plain = (state: SdnState) => [[...state.zones], [...state.vnets], [...state.subnets]];
    const hosts = [...this.hosts].map(([host, { version, vnets }]) => [host, version, [...vnets]]);
    return { pending: plain(this.pending), running: plain(this.running), version: this.version, hosts };
  }

  load(saved: unknown): void {
    const { pending, running, version, hosts } = readSaved(saved);
    const state = (parts: [string, SdnConfig][][] = []): SdnState => ({
      zones: new Map(parts[0]),
      vnets: new Map(parts[1]),
      subnets: new Map(parts[2]),
    });
    this.pending = state(pending);
    this.running = state(running);
    this.version = version;
    this.hosts.clear();
    for (const [host, of, vnets] of hosts) this.hosts.set(host, { version: of, vnets: new Set(vnets) });
  }

  clear(): void {
    this.pending = empty();
    this.running = empty();
    this.lockToken = undefined;
    this.version = 0;
    this.hosts.clear();
  }

  private snapshotOf(state: SdnState): SdnState {
    return { zones: copy(state.zones), vnets: copy(state.vnets), subnets: copy(state.subnets) };
  }
}

/** Files of earlier releases do not tell what each host has. */
function readSaved(saved: unknown): SavedSdn {
  if (!Array.isArray(saved)) return saved as SavedSdn;
  const [pending, running] = saved as [string, SdnConfig][][][];
  return { pending: pending ?? [], running: running ?? [], version: 0, hosts: [] };
}
