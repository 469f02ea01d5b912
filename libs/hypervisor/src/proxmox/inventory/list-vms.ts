import type { VmFacts } from '@orion/contracts';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { parseMark } from '../marks/mark-tags';
import { asAnswers, flagOf, numberOf, textOf, type Answer } from '../transport/answer';
import { mapBounded } from '../transport/limiter';
import type { ProxmoxClient } from '../transport/proxmox-client';
import type { VmLocator } from '../vm/locate-vm';
import { nicFacts } from '../vm/observe-vm';
import { stateOf, type VmApi } from '../vm/vm-api';
import { listHosts } from './list-hosts';

const MIB = 2 ** 20;

export interface VmIdRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Every VM and container with an id of the range, and every VM with a mark. `/cluster/resources` knows them all, but shows
 * names and states up to ten seconds late; each host's own list is right at once. It fails as a whole: half a picture would
 * give ids and networks back that are in use. A VM on a host that is down is there all the same, in an unknown state and
 * without its NICs.
 */
export class VmInventory {
  constructor(
    private readonly client: ProxmoxClient,
    private readonly api: VmApi,
    private readonly locator: VmLocator,
  ) {}

  async list({ first, last }: VmIdRange): Promise<readonly VmFacts[]> {
    const { vms, online } = await this.readAll();
    const wanted = vms.filter(({ vmId, mark }) => (vmId >= first && vmId <= last) || mark !== undefined);
    const places = this.client.settings.concurrency.inventoryReads;
    const read = await mapBounded(wanted, places, (vm) =>
      vm.mark === undefined ? Promise.resolve(vm) : this.withNics(vm, online),
    );
    return read.flatMap((vm) => vm ?? []).sort((a, b) => a.vmId - b.vmId);
  }

  private async readAll(): Promise<{ readonly vms: readonly VmFacts[]; readonly online: readonly string[] }> {
    const online = (await listHosts(this.client)).filter((host) => host.online).map(({ name }) => name);
    const everywhere = asAnswers(await this.client.get('/cluster/resources', {}, { type: 'vm' }));
    const places = this.client.settings.concurrency.inventoryReads;
    const lists = await mapBounded(online, places, (host) => this.readHost(host));
    const answered = online.filter((_, index) => lists[index] !== undefined);
    const fresh = new Map(lists.flatMap((list) => list ?? []).map((vm) => [vm.vmId, vm]));
    const late = await mapBounded(everywhere, places, async (answer) => {
      const vm = factsOf(answer, textOf(answer, 'node') ?? '');
      if (fresh.has(vm.vmId)) return [];
      return (await this.isStillThere(vm, answer, answered)) ? [vm] : [];
    });
    return { vms: [...fresh.values(), ...late.flat()], online };
  }

  /** Undefined when the host does not answer, as with many VMs on it: the cluster's list has them, a little late. */
  private async readHost(host: string): Promise<readonly VmFacts[] | undefined> {
    try {
      return asAnswers(await this.client.get('/nodes/{node}/qemu', { node: host })).map((vm) => factsOf(vm, host));
    } catch (error) {
      if (isProxmoxFailure(error) && error.code === 'hypervisor.unreachable') return undefined;
      throw error;
    }
  }

  /** Listed by the cluster but by no host: a container, on a host that is silent, moving between hosts, or just removed. */
  private async isStillThere(vm: VmFacts, answer: Answer, answered: readonly string[]): Promise<boolean> {
    if (textOf(answer, 'type') !== 'qemu' || !answered.includes(vm.host)) return true;
    return (await this.locator.locate(vm.vmId, vm.host)).kind !== 'gone';
  }

  /** Undefined when the VM was removed meanwhile. */
  private async withNics(vm: VmFacts, online: readonly string[]): Promise<VmFacts | undefined> {
    if (!online.includes(vm.host)) return { ...vm, state: 'unknown' };
    try {
      return { ...vm, nics: nicFacts(await this.api.config(vm)) };
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      const located = await this.locator.locate(vm.vmId, vm.host);
      if (located.kind === 'gone') return undefined;
      if (located.kind === 'hidden') throw error;
      return { ...vm, host: located.place.host, nics: nicFacts(located.config) };
    }
  }
}

function factsOf(answer: Answer, host: string): VmFacts {
  const lock = textOf(answer, 'lock');
  const mark = parseMark(textOf(answer, 'tags'));
  return {
    vmId: numberOf(answer, 'vmid') ?? 0,
    host,
    name: textOf(answer, 'name') ?? '',
    state: stateOf(textOf(answer, 'status'), textOf(answer, 'qmpstatus')),
    template: flagOf(answer, 'template'),
    ...(lock === undefined ? {} : { lock }),
    ...(mark === undefined ? {} : { mark }),
    memoryMiB: Math.round((numberOf(answer, 'maxmem') ?? 0) / MIB),
    nics: [],
  };
}
