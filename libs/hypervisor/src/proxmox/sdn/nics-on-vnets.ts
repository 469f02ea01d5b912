import { isProxmoxFailure } from '../errors/proxmox-failure';
import { parseMark } from '../marks/mark-tags';
import { asAnswers, flagOf, numberOf, textOf } from '../transport/answer';
import { mapBounded } from '../transport/limiter';
import type { ProxmoxClient } from '../transport/proxmox-client';
import type { VmApi } from '../vm/vm-api';

/** Finds the VMs that hang on VNets. */
export class NicsOnVnets {
  constructor(
    private readonly client: ProxmoxClient,
    private readonly api: VmApi,
  ) {}

  /**
   * VMs by VNet, of those that the token may see: those of the VNet's range, and those without a mark. What VMs of other
   * ranges hang on is known by their rows. `rangeOf`: range by VNet; with none of them nothing is read.
   */
  async on(rangeOf: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, number[]>();
    if (rangeOf.size === 0) return found;
    const ranges = new Set([...rangeOf.values()].map((range) => range.toLowerCase()));
    const vms = asAnswers(await this.client.get('/cluster/resources', {}, { type: 'vm' })).filter((vm) => {
      if (textOf(vm, 'type') !== 'qemu' || flagOf(vm, 'template')) return false;
      const mark = parseMark(textOf(vm, 'tags'));
      return mark === undefined || ranges.has(mark.rangeId.toLowerCase());
    });
    await mapBounded(vms, this.client.settings.concurrency.inventoryReads, async (vm) => {
      const place = { vmId: numberOf(vm, 'vmid') ?? 0, host: textOf(vm, 'node') ?? '' };
      for (const bridge of await this.bridgesOf(place)) {
        if (rangeOf.has(bridge)) found.set(bridge, [...(found.get(bridge) ?? []), place.vmId]);
      }
    });
    return found;
  }

  /** None of a VM that was removed meanwhile, or that is hidden by now: a pool's token no longer sees what left it. */
  private async bridgesOf(place: { readonly vmId: number; readonly host: string }): Promise<ReadonlySet<string>> {
    try {
      return new Set((await this.api.config(place)).nics.map(({ bridge }) => bridge));
    } catch (error) {
      const isGone = isProxmoxFailure(error) && ['vm.not_found', 'hypervisor.forbidden'].includes(error.code);
      if (isGone) return new Set();
      throw error;
    }
  }
}
