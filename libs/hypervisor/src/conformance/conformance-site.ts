import type { CloneSpec, ConfigureSpec, NicSpec, OwnershipMark } from '@orion/contracts';
import type { Hypervisor, Operation, VmRef } from '../port';

/** What the suite needs of a site. Everything it makes lies in the id range and carries marks of one installation. */
export interface ConformanceSite {
  readonly hypervisor: Hypervisor;
  readonly host: string;
  readonly storage: string;
  readonly bridge: string;
  readonly pool?: string;
  /** A zone whose VNets reach every host, and the tag after which nobody uses any; absent: a site without one. */
  readonly sdn?: { readonly zone: string; readonly firstTag: number };
  readonly installation: string;
  readonly vmIds: { readonly first: number; readonly last: number };
  /** A template with one disk of at most 16 GiB, a NIC on the bridge, a cloud-init drive and a guest agent that answers after boot. */
  readonly templateVmId: number;
  /** Makes a VM that carries no mark, past the adapter. */
  readonly makeForeignVm: (vmId: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Journals what an operation tells its caller. */
export interface Journal {
  readonly operation: Operation;
  readonly intents: string[];
  readonly handles: string[];
}

export function anOperation(options: Partial<Operation> = {}): Journal {
  const intents: string[] = [];
  const handles: string[] = [];
  const operation: Operation = {
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    ...options,
    onIntent: async (intent) => {
      intents.push(intent);
      await options.onIntent?.(intent);
    },
    onTask: async (handle) => {
      handles.push(handle);
      await options.onTask?.(handle);
    },
  };
  return { operation, intents, handles };
}

/** One VM that a test makes and works on. */
export class ConformanceVm {
  readonly ref: VmRef;

  constructor(
    readonly site: ConformanceSite,
    vmId: number,
    readonly name: string,
  ) {
    const mark: OwnershipMark = {
      installation: site.installation,
      tenantId: '7f0c1d52-0000-4000-8000-000000000001',
      rangeId: '7f0c1d52-0000-4000-8000-0000000000aa',
      node: name,
    };
    this.ref = { vmId, host: site.host, mark };
  }

  cloneSpec(changes: Partial<CloneSpec> = {}): CloneSpec {
    return {
      vmId: this.ref.vmId,
      name: this.name,
      templateVmId: this.site.templateVmId,
      templateHost: this.site.host,
      host: this.site.host,
      storage: this.site.storage,
      mode: 'linked',
      ...(this.site.pool === undefined ? {} : { pool: this.site.pool }),
      ...changes,
    };
  }

  nic(changes: Partial<NicSpec> = {}): NicSpec {
    const last = (this.ref.vmId % 256).toString(16).padStart(2, '0').toUpperCase();
    return {
      network: 'lan',
      bridge: this.site.bridge,
      vlanTag: 21,
      mac: `BC:24:11:0A:00:${last}`,
      address: '10.20.0.10/24',
      gateway: '10.20.0.1',
      ...changes,
    };
  }

  configureSpec(changes: Partial<ConfigureSpec> = {}): ConfigureSpec {
    return {
      vmId: this.ref.vmId,
      host: this.site.host,
      name: this.name,
      cpus: 2,
      memoryMiB: 384,
      nics: [this.nic()],
      description: `${this.name} of a conformance run`,
      cloudInit: { user: 'trainee', sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBB trainee@example'] },
      guestAgent: true,
      ...changes,
    };
  }

  async cloned(): Promise<this> {
    await this.site.hypervisor.ensureCloned(this.cloneSpec(), this.ref.mark, anOperation().operation);
    return this;
  }

  async running(): Promise<this> {
    await this.cloned();
    await this.site.hypervisor.start(this.ref, anOperation().operation);
    return this;
  }

  observe(): ReturnType<Hypervisor['observeVm']> {
    return this.site.hypervisor.observeVm(this.ref.vmId, this.site.host);
  }
}
