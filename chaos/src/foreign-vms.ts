import type { RestClient } from '@orion/rest-client';
import type { VmReading } from './readings';

interface ForeignVm {
  readonly vmid: number;
  readonly host: string;
  readonly name: string;
  readonly status: 'running' | 'stopped';
  /** In a pool that our token sees. */
  readonly visible: boolean;
  readonly tags?: string;
}

/** VMs that are not ours. Whatever happens, nobody may touch them. */
export class ForeignVms {
  private readonly configs = new Map<number, string>();

  constructor(private readonly simulator: RestClient) {}

  get ids(): readonly number[] {
    return [...this.configs.keys()];
  }

  has(vmId: number): boolean {
    return this.configs.has(vmId);
  }

  /** Somebody makes a VM; false when the id is taken. */
  async place({ vmid, host, name, status, visible, tags }: ForeignVm): Promise<boolean> {
    const vm = { vmid, host, status, ...(visible && { pool: 'orion-ranges' }) };
    try {
      const made = await this.simulator.post<VmReading>('/vms', { ...vm, config: { name, ...(tags && { tags }) } });
      this.configs.set(vmid, JSON.stringify(made.config));
      return true;
    } catch {
      return false;
    }
  }

  /** Its owner removes it; one that somebody else has touched stays to be seen. */
  async leave(vmid: number): Promise<void> {
    const vms = await this.simulator.get<readonly VmReading[]>('/vms');
    if (!this.configs.has(vmid) || this.touched(vms).some(({ vmId }) => vmId === vmid)) return;
    this.configs.delete(vmid);
    await this.simulator.request('DELETE', `/vms/${vmid}`);
  }

  /** What became of those that are not as they were. */
  touched(vms: readonly VmReading[]): readonly { readonly vmId: number; readonly how: 'gone' | 'changed' }[] {
    const now = new Map(vms.map(({ vmid, config }) => [vmid, JSON.stringify(config)]));
    return [...this.configs]
      .filter(([vmId, config]) => now.get(vmId) !== config)
      .map(([vmId]) => ({ vmId, how: now.has(vmId) ? 'changed' : 'gone' }));
  }
}

/** Inside the site's ids and outside, and one that carries another installation's mark. */
export async function placeForeignVms(simulator: RestClient, host: string): Promise<ForeignVms> {
  const vms = new ForeignVms(simulator);
  const tags = 'orion;orion-i.elsewhere;orion-n.dc01;orion-r.0;orion-t.0';
  await vms.place({ vmid: 300, host, name: 'mail', status: 'running', visible: false });
  await vms.place({ vmid: 4002, host, name: 'printer', status: 'stopped', visible: true });
  await vms.place({ vmid: 4005, host, name: 'somebody-elses', status: 'running', visible: true });
  await vms.place({ vmid: 4007, host, name: 'dc01', status: 'running', visible: true, tags });
  return vms;
}
