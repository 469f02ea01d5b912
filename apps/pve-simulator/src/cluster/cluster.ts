import { died } from '../http/pve-error';
import type { BridgeSpec, ClusterSpec, HostSpec, StorageSpec } from './cluster-spec';

export interface Host extends Omit<HostSpec, 'bridges' | 'address'> {
  readonly address: string;
  readonly bridges: BridgeSpec[];
  bootedAt: number;
  online: boolean;
}

/** Hosts and storages. */
export class Cluster {
  readonly hosts = new Map<string, Host>();
  readonly storages = new Map<string, StorageSpec>();
  readonly name: string;
  readonly vmidRange: { readonly lower: number; readonly upper: number };

  constructor(spec: ClusterSpec, now: number) {
    this.name = spec.name ?? 'simulated';
    this.vmidRange = spec.vmidRange ?? { lower: 100, upper: 1_000_000 };
    spec.hosts.forEach((host, index) => {
      this.hosts.set(host.name, {
        ...host,
        address: host.address ?? `192.0.2.${index + 1}`,
        bridges: host.bridges.map((bridge) => (typeof bridge === 'string' ? { name: bridge } : bridge)),
        bootedAt: now - 4_000_000,
        online: true,
      });
    });
    for (const storage of spec.storages) this.storages.set(storage.name, storage);
  }

  /** The host of the API server itself: what `localhost` means in a path. */
  get first(): Host {
    const [first] = this.hosts.values();
    if (first === undefined) throw new Error('a cluster needs at least one host');
    return first;
  }

  /** A host by the name in a path. Unknown names fail in the name lookup, as on the real thing. */
  host(name: string): Host {
    const host = name === 'localhost' ? this.first : this.hosts.get(name);
    if (host === undefined) {
      const why = /^[a-zA-Z0-9-]+$/.test(name) ? 'Temporary failure in name resolution' : 'Name or service not known';
      throw died(`hostname lookup '${name}' failed - failed to get address info for: ${name}: ${why}`);
    }
    return host;
  }

  storage(name: string): StorageSpec {
    const storage = this.storages.get(name);
    if (storage === undefined) throw died(`storage '${name}' does not exist`);
    return storage;
  }

  storagesOf(host: string): StorageSpec[] {
    return [...this.storages.values()].filter((storage) => storage.hosts?.includes(host) ?? true);
  }

  hasStorage(host: string, storage: string): boolean {
    return this.storagesOf(host).some(({ name }) => name === storage);
  }
}
