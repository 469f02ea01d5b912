import type { RestClient } from '@orion/rest-client';

/** A VM as the simulated cluster has it. */
export interface SimulatedVm {
  readonly vmid: number;
  readonly host: string;
  readonly name: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly lock: string | null;
  readonly template: boolean;
  readonly paused: boolean;
  readonly files: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, string | number>>;
  readonly snapshots: readonly { readonly name: string; readonly vmstate: boolean }[];
}

export interface SimulatedVnet {
  readonly vnet: string;
  readonly zone: string;
  readonly tag?: number;
  readonly alias?: string;
  readonly hosts: readonly string[];
}

interface LoggedCall {
  readonly method: string;
  readonly path: string;
  readonly status: number | 'dropped';
}

/** What people do on the hypervisor without us, and what the hypervisor was asked. */
export class ClusterByHand {
  constructor(private readonly admin: RestClient) {}

  async vms(): Promise<readonly SimulatedVm[]> {
    const vms = await this.admin.get<readonly SimulatedVm[]>('/vms');
    return vms.filter(({ template }) => !template);
  }

  vm(vmId: number): Promise<SimulatedVm> {
    return this.admin.get(`/vms/${vmId}`);
  }

  async change(vmId: number, change: object): Promise<void> {
    await this.admin.request('PATCH', `/vms/${vmId}`, { body: change });
  }

  async remove(vmId: number): Promise<void> {
    await this.admin.request('DELETE', `/vms/${vmId}`);
  }

  /** A VM of somebody else; outside our pool our token does not see it. */
  async plant(vmId: number, more: object = {}): Promise<void> {
    await this.admin.post('/vms', { vmid: vmId, config: { name: 'intruder' }, status: 'running', ...more });
  }

  /** Virtual networks that were applied, with the hosts that have each. */
  vnets(): Promise<readonly SimulatedVnet[]> {
    return this.admin.get('/vnets');
  }

  /** A virtual network of somebody else, or one that says it is ours. */
  async plantVnet(vnet: Omit<SimulatedVnet, 'hosts'>): Promise<void> {
    await this.admin.post('/vnets', vnet);
  }

  async removeVnet(name: string): Promise<void> {
    await this.admin.request('DELETE', `/vnets/${name}`);
  }

  counters(): Promise<Readonly<Record<string, number>>> {
    return this.admin.get('/counters');
  }

  async forgetCalls(): Promise<void> {
    await this.admin.request('DELETE', '/requests');
  }

  /** Calls since then that change something, by VM id (of a clone: the template's). */
  async changes(): Promise<readonly { readonly vmId: number; readonly call: string }[]> {
    const { requests } = await this.admin.get<{ requests: readonly LoggedCall[] }>('/requests?limit=5000');
    return requests.flatMap(({ method, path }) => {
      const [, vmId, rest = ''] = /\/qemu\/(\d+)(\/.*)?$/.exec(path) ?? [];
      return method === 'GET' || vmId === undefined ? [] : [{ vmId: Number(vmId), call: `${method} ${rest}` }];
    });
  }
}
