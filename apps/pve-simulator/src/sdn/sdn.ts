export type SdnConfig = Record<string, string | number>;

interface SdnState {
  readonly zones: Map<string, SdnConfig>;
  readonly vnets: Map<string, SdnConfig>;
  readonly subnets: Map<string, SdnConfig>;
}

const empty = (): SdnState => ({ zones: new Map(), vnets: new Map(), subnets: new Map() });
const copy = (map: Map<string, SdnConfig>) => new Map([...map].map(([id, config]) => [id, { ...config }]));

/** Software-defined networks: what is configured, and what was applied to the hosts. */
export class Sdn {
  pending: SdnState = empty();
  running: SdnState = empty();
  lockToken: string | undefined;

  apply(): void {
    this.running = this.snapshotOf(this.pending);
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
    return [plain(this.pending), plain(this.running)];
  }

  load(saved: unknown): void {
    const [pending, running] = saved as [string, SdnConfig][][][];
    const state = (parts: [string, SdnConfig][][] = []): SdnState => ({
      zones: new Map(parts[0]),
      vnets: new Map(parts[1]),
      subnets: new Map(parts[2]),
    });
    this.pending = state(pending);
    this.running = state(running);
  }

  clear(): void {
    this.pending = empty();
    this.running = empty();
    this.lockToken = undefined;
  }

  private snapshotOf(state: SdnState): SdnState {
    return { zones: copy(state.zones), vnets: copy(state.vnets), subnets: copy(state.subnets) };
  }
}
