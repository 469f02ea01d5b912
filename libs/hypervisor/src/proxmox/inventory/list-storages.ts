import type { StorageFacts } from '@orion/contracts';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { asAnswers, flagOf, numberOf, textOf, type Answer } from '../transport/answer';
import { mapBounded } from '../transport/limiter';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { listHosts } from './list-hosts';
import { storageFeatures } from './storage-features';

const GIB = 2 ** 30;

/** A storage as one host sees it. */
export interface HostStorage {
  readonly host: string;
  readonly name: string;
  readonly type: string;
  readonly shared: boolean;
  readonly totalGiB: number;
  readonly freeGiB: number;
}

/**
 * Storages that can hold disks, by name. One that is not shared has as much room as the fullest of its hosts leaves it.
 * Needs Datastore.AllocateSpace on each; the others are left out silently.
 */
export async function listStorages(client: ProxmoxClient): Promise<readonly StorageFacts[]> {
  const byName = new Map<string, HostStorage[]>();
  for (const storage of await readHostStorages(client)) {
    byName.set(storage.name, [...(byName.get(storage.name) ?? []), storage]);
  }
  return [...byName.entries()].map(([name, seen]) => merge(name, seen)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Storages that are enabled and active, host by host. Hosts that are offline or silent are left out. */
export async function readHostStorages(client: ProxmoxClient): Promise<readonly HostStorage[]> {
  const hosts = (await listHosts(client)).filter(({ online }) => online);
  const lists = await mapBounded(hosts, client.settings.concurrency.inventoryReads, async ({ name }) => {
    const storages = asAnswers(await readHost(client, name));
    return storages.filter((storage) => flagOf(storage, 'active')).map((storage) => read(name, storage));
  });
  return lists.flat();
}

/** A host that goes down is still listed as online for a while. */
async function readHost(client: ProxmoxClient, node: string): Promise<unknown> {
  try {
    return await client.get('/nodes/{node}/storage', { node }, { content: 'images', enabled: true });
  } catch (error) {
    if (isProxmoxFailure(error) && error.code === 'hypervisor.unreachable') return [];
    throw error;
  }
}

function read(host: string, storage: Answer): HostStorage {
  return {
    host,
    name: textOf(storage, 'storage') ?? '',
    type: textOf(storage, 'type') ?? '',
    shared: flagOf(storage, 'shared'),
    totalGiB: Math.floor((numberOf(storage, 'total') ?? 0) / GIB),
    freeGiB: Math.floor((numberOf(storage, 'avail') ?? 0) / GIB),
  };
}

function merge(name: string, seen: readonly HostStorage[]): StorageFacts {
  const { snapshots, linkedClones, newestOnly } = storageFeatures(seen[0]?.type ?? '');
  return {
    name,
    shared: seen.some(({ shared }) => shared),
    hosts: seen.map(({ host }) => host),
    totalGiB: Math.min(...seen.map(({ totalGiB }) => totalGiB)),
    freeGiB: Math.min(...seen.map(({ freeGiB }) => freeGiB)),
    snapshots,
    linkedClones,
    newestOnly,
  };
}
