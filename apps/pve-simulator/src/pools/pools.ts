import type { PoolMembership } from '../access/access-control';

export interface Pool {
  readonly id: string;
  comment?: string;
  readonly vms: Set<number>;
  readonly storages: Set<string>;
}

export interface SavedPool {
  readonly id: string;
  readonly comment?: string;
  readonly vms: number[];
  readonly storages: string[];
}

/** Resource pools. A VM is in one pool at most; missing VMs may be members. */
export class Pools implements PoolMembership {
  private readonly pools = new Map<string, Pool>();
  private readonly poolOfVm = new Map<number, string>();
  version = 0;

  create(id: string, comment?: string): Pool {
    const pool: Pool = { id, vms: new Set(), storages: new Set(), ...(comment === undefined ? {} : { comment }) };
    this.pools.set(id, pool);
    this.version += 1;
    return pool;
  }

  get(id: string): Pool | undefined {
    return this.pools.get(id);
  }

  list(): Pool[] {
    return [...this.pools.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  delete(id: string): void {
    for (const vm of this.pools.get(id)?.vms ?? []) this.poolOfVm.delete(vm);
    this.pools.delete(id);
    this.version += 1;
  }

  ofVm(vmId: number): string | undefined {
    return this.poolOfVm.get(vmId);
  }

  join(id: string, vmId: number): void {
    this.leave(vmId);
    this.pools.get(id)?.vms.add(vmId);
    this.poolOfVm.set(vmId, id);
    this.version += 1;
  }

  leave(vmId: number): void {
    const pool = this.poolOfVm.get(vmId);
    if (pool === undefined) return;
    this.pools.get(pool)?.vms.delete(vmId);
    this.poolOfVm.delete(vmId);
    this.version += 1;
  }

  addStorage(id: string, storage: string): void {
    this.pools.get(id)?.storages.add(storage);
    this.version += 1;
  }

  removeStorage(id: string, storage: string): void {
    this.pools.get(id)?.storages.delete(storage);
    this.version += 1;
  }

  poolsOf(path: string): readonly string[] {
    const [, kind, name] = path.split('/');
    if (kind === 'vms') {
      const pool = this.poolOfVm.get(Number(name));
      return pool === undefined ? [] : [pool];
    }
    if (kind === 'storage' && name !== undefined) {
      return [...this.pools.values()].filter((pool) => pool.storages.has(name)).map((pool) => pool.id);
    }
    return [];
  }

  save(): SavedPool[] {
    return this.list().map((pool) => ({ ...pool, vms: [...pool.vms], storages: [...pool.storages] }));
  }

  load(saved: readonly SavedPool[]): void {
    this.clear();
    for (const { id, comment, vms, storages } of saved) {
      this.create(id, comment);
      for (const vm of vms) this.join(id, vm);
      for (const storage of storages) this.addStorage(id, storage);
    }
  }

  clear(): void {
    this.pools.clear();
    this.poolOfVm.clear();
    this.version += 1;
  }
}
