import { join } from 'node:path';
import { spawnService, waitFor } from '@orion/testing';
import { APPS, type WorkFolder } from './work-folder.fixture';

export interface SimulatedVm {
  readonly vmid: number;
  readonly status: string;
  readonly snapshots: readonly { readonly name: string }[];
}

interface Started {
  readonly url: string;
  readonly adminUrl: string;
  readonly caFile: string;
  readonly tokens: readonly { readonly id: string; readonly secret: string }[];
}

/** Where a call or task of the simulator stops until it is released. */
export interface Hold {
  reached(): Promise<void>;
  release(): Promise<void>;
}

/** Templates of the default cluster have lower ids. */
const FIRST_OF_OURS = 1_000;
const LAST_OF_OURS = 8_999;

/** A simulated Proxmox VE cluster as a process of its own, and the hands that reach past its API. */
export class SimulatedCluster {
  private constructor(private readonly started: Started) {}

  static async start(folder: WorkFolder): Promise<SimulatedCluster> {
    const main = join(APPS, 'pve-simulator/dist/main.js');
    const caFile = join(folder.path, 'ca.pem');
    const child = await spawnService(main, { env: { SIM_FACTOR: '0.01', SIM_CA_FILE: caFile } });
    const started = await waitFor(() => child.log.find(({ adminUrl }) => adminUrl !== undefined));
    return new SimulatedCluster(started as unknown as Started);
  }

  /** What an agent needs to work on it, with the token that has the least privileges. */
  get environment(): Readonly<Record<string, string>> {
    const token = this.started.tokens.find(({ id }) => id === 'orion@pve!range');
    return {
      ORION_PVE_URL: this.started.url,
      ORION_PVE_CA_FILE: this.started.caFile,
      ORION_PVE_TOKEN_ID: token?.id ?? '',
      ORION_PVE_TOKEN_SECRET: token?.secret ?? '',
      ORION_PVE_POLL_FIRST: '10ms',
      ORION_PVE_POLL_LONGEST: '50ms',
    };
  }

  /** The rights of an administrator. */
  get rootEnvironment(): Readonly<Record<string, string>> {
    const token = this.started.tokens.find(({ id }) => id.startsWith('root@pam!'));
    return { ORION_PVE_TOKEN_ID: token?.id ?? '', ORION_PVE_TOKEN_SECRET: token?.secret ?? '' };
  }

  /** Makes a zone that VNets may be made in. */
  async makeZone(zone: string): Promise<void> {
    await this.admin('POST', '/zones', { zone, type: 'vxlan' });
  }

  /** VNets that were applied. */
  async vnets(): Promise<readonly string[]> {
    return ((await this.admin('GET', '/vnets')) as { vnet: string }[]).map(({ vnet }) => vnet);
  }

  /** Ids of the VMs beside the templates. */
  async vmIds(): Promise<readonly number[]> {
    const vms = (await this.admin('GET', '/vms')) as SimulatedVm[];
    return vms.map(({ vmid }) => vmid).filter((vmid) => vmid >= FIRST_OF_OURS && vmid <= LAST_OF_OURS);
  }

  /** Undefined when it does not exist. */
  async vm(vmId: number): Promise<SimulatedVm | undefined> {
    return (await this.admin('GET', `/vms/${vmId}`)) as SimulatedVm | undefined;
  }

  /** How often each kind of change took effect so far. */
  async counters(): Promise<Readonly<Record<string, number>>> {
    return (await this.admin('GET', '/counters')) as Record<string, number>;
  }

  /** How many calls of a method reached a path that ends so. */
  async calls(method: string, end: string): Promise<number> {
    const { requests } = (await this.admin('GET', '/requests?limit=5000')) as {
      requests: { method: string; path: string }[];
    };
    return requests.filter((request) => request.method === method && request.path.endsWith(end)).length;
  }

  async runningTasks(): Promise<readonly string[]> {
    const tasks = (await this.admin('GET', '/tasks')) as { upid: string; endtime?: number }[];
    return tasks.filter(({ endtime }) => endtime === undefined).map(({ upid }) => upid);
  }

  async hold(operation: string, phase: 'request' | 'response' | 'task' | 'task-end', vmId?: number): Promise<Hold> {
    const { id } = (await this.admin('POST', '/holds', { operation, phase, vmId })) as { id: string };
    return {
      reached: async () => {
        const { reached } = (await this.admin('GET', `/holds/${id}?waitMs=10000`)) as { reached: boolean };
        if (!reached) throw new Error(`Nothing reached the hold at ${operation}`);
      },
      release: async () => {
        await this.admin('POST', `/holds/${id}/release`);
      },
    };
  }

  /** Leaves the templates, and forgets holds, tasks, counters and calls. */
  async reset(): Promise<void> {
    await this.admin('POST', '/reset');
  }

  /** Makes a VM behind the API's back. */
  async makeVm(vmid: number, config: Readonly<Record<string, string>>): Promise<void> {
    await this.admin('POST', '/vms', { vmid, host: 'pve1', pool: 'orion-ranges', config });
  }

  /** Lets a VM run behind the API's back; the guest agent of a `silent` one never answers. */
  async powerOn(vmId: number, silent = false): Promise<void> {
    await this.admin('PATCH', `/vms/${vmId}`, { status: 'running', guest: { agentDead: silent } });
  }

  async changeVm(vmId: number, config: Readonly<Record<string, string | null>>): Promise<void> {
    await this.admin('PATCH', `/vms/${vmId}`, { config });
  }

  /** How its guest behaves from now on. */
  async changeGuest(vmId: number, guest: Readonly<Record<string, unknown>>): Promise<void> {
    await this.admin('PATCH', `/vms/${vmId}`, { guest });
  }

  /** A VM of somebody else that our token may not read. */
  async hiddenVm(vmid: number): Promise<void> {
    await this.admin('POST', '/vms', { vmid, host: 'pve1' });
  }

  private async admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.started.adminUrl}${path}`, {
      method,
      headers: { connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${path}: ${await response.text()}`);
    return response.json();
  }
}
