import type { SiteCheckSpec } from '@orion/contracts';
import {
  startSimulator,
  type FaultSpec,
  type HoldSpec,
  type HoldState,
  type SimulatorOptions,
} from '../../../apps/pve-simulator/src';
import { createProxmoxHypervisor, type Hypervisor, type ProxmoxOptions } from '../src';
import type { ConformanceSite } from '../src/conformance';
import type { Form } from '../src/proxmox/transport/form-encoding';
import { ProxmoxClient, type Method } from '../src/proxmox/transport/proxmox-client';

/** Ranges use 4000 and up; the token of the default cluster has the least privileges, by pools. */
const VM_IDS = { first: 4000, last: 4999 };
const TEMPLATE = 9000;
const POOL = 'orion-ranges';
const FACTOR = 0.02;

export interface Counters {
  readonly [effect: string]: number;
}

/** A simulated cluster with the adapter on it, and hands that reach past the API. */
export interface SimulatedSite extends ConformanceSite {
  readonly url: string;
  readonly caPem: string;
  readonly fingerprint: string;
  adapter(options?: Partial<ProxmoxOptions>): Hypervisor;
  /** The adapter with the rights of an administrator. */
  rootAdapter(): Hypervisor;
  checkSpec(changes?: Partial<SiteCheckSpec>): SiteCheckSpec;
  restartHost(name: string): Promise<void>;
  fault(spec: FaultSpec): Promise<void>;
  hold(spec: HoldSpec): Promise<Hold>;
  counters(): Promise<Counters>;
  /** Method and path of the API calls so far, with their status. */
  requests(): Promise<readonly { readonly method: string; readonly path: string; readonly status: number | string }[]>;
  /** Calls the API as an administrator does; answers what `data` says. */
  byHand(method: Method, path: string, form?: Form): Promise<unknown>;
  /** Makes a VM behind the API's back. */
  makeVm(body: Readonly<Record<string, unknown>>): Promise<void>;
  changeVm(vmId: number, body: Readonly<Record<string, unknown>>): Promise<void>;
  removeVm(vmId: number): Promise<void>;
  vm(vmId: number): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface Hold {
  reached(): Promise<void>;
  release(): Promise<void>;
}

export async function aSimulatedSite(options: SimulatorOptions = {}): Promise<SimulatedSite> {
  const simulator = await startSimulator({ factor: FACTOR, ...options });
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${simulator.adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${path}: ${await response.text()}`);
    return response.json();
  };
  const token = simulator.tokens.find(({ id }) => id === 'orion@pve!range');
  if (token === undefined) throw new Error('The default cluster has no token orion@pve!range');
  const zone = options.spec?.sdnZones?.[0]?.zone;
  const adapters: Hypervisor[] = [];
  const adapter = (changes: Partial<ProxmoxOptions> = {}): Hypervisor => {
    const made = createProxmoxHypervisor({
      url: simulator.url,
      tokenId: token.id,
      tokenSecret: token.secret,
      caPem: simulator.caPem,
      installation: 'lab',
      polling: { firstMs: 10, longestMs: 50 },
      timeouts: { settleMs: 1_000, lockMs: 1_500 },
      networks: { gatherMs: 50 },
      ...changes,
    });
    adapters.push(made);
    return made;
  };
  const byHand = async (method: Method, path: string, form: Form = {}): Promise<unknown> => {
    const root = simulator.tokens.find(({ id }) => id.startsWith('root@pam!'));
    const { url, caPem } = simulator;
    const client = new ProxmoxClient({
      ...{ url, caPem, installation: 'by hand' },
      tokenId: root?.id ?? '',
      tokenSecret: root?.secret ?? '',
    });
    try {
      return await client.call({ method, route: path, form });
    } finally {
      await client.close();
    }
  };
  const makeVm = async (body: Readonly<Record<string, unknown>>): Promise<void> =>
    void (await admin('POST', '/vms', body));
  return {
    hypervisor: adapter(),
    host: 'pve1',
    storage: 'shared',
    bridge: 'vmbr1',
    pool: POOL,
    ...(zone === undefined ? {} : { sdn: { zone, firstTag: 10_000 } }),
    installation: 'lab',
    vmIds: VM_IDS,
    templateVmId: TEMPLATE,
    url: simulator.url,
    caPem: simulator.caPem,
    fingerprint: simulator.fingerprint,
    adapter,
    rootAdapter: () => {
      const root = simulator.tokens.find(({ id }) => id.startsWith('root@pam!'));
      return adapter({ tokenId: root?.id ?? '', tokenSecret: root?.secret ?? '' });
    },
    checkSpec: (changes = {}) => ({
      bridge: 'vmbr1',
      pool: POOL,
      vmIdFirst: 7000,
      vmIdLast: 7010,
      templates: [{ name: 'debian-12', vmId: TEMPLATE, host: 'pve1', storage: 'shared' }],
      allocatedVmIds: [],
      ...changes,
    }),
    restartHost: async (name) => void (await admin('POST', `/hosts/${name}/restart`)),
    byHand,
    makeVm,
    makeForeignVm: (vmid) => makeVm({ vmid, host: 'pve1', pool: POOL, config: { name: 'foreign', tags: 'somebody' } }),
    changeVm: async (vmId, body) => void (await admin('PATCH', `/vms/${vmId}`, body)),
    removeVm: async (vmId) => void (await admin('DELETE', `/vms/${vmId}`)),
    vm: async (vmId) => (await admin('GET', `/vms/${vmId}`)) as Readonly<Record<string, unknown>> | undefined,
    fault: async (spec) => void (await admin('POST', '/faults', spec)),
    hold: async (spec) => {
      const { id } = (await admin('POST', '/holds', spec)) as HoldState;
      return {
        reached: async () => {
          const { reached } = (await admin('GET', `/holds/${id}?waitMs=10000`)) as HoldState;
          if (!reached) throw new Error(`Nothing reached the hold at ${spec.operation}`);
        },
        release: async () => void (await admin('POST', `/holds/${id}/release`)),
      };
    },
    counters: async () => (await admin('GET', '/counters')) as Counters,
    requests: async () =>
      ((await admin('GET', '/requests?limit=5000')) as { requests: { method: string; path: string; status: number }[] })
        .requests,
    close: async () => {
      for (const made of adapters) await made.close();
      await simulator.close();
    },
  };
}
