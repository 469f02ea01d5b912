import { HypervisorError } from '../../hypervisor-error';
import type { VmRef } from '../../port';
import type { VmConfig } from '../config/vm-config';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { isUnmarkedCloneOf, sameMark } from '../marks/mark-tags';
import { asAnswers, numberOf, textOf } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';
import type { VmApi, VmPlace, VmStatus } from './vm-api';

/** `hidden`: something has the id, but this token may not read it: foreign, or a clone that has not joined its pool. */
export type Located =
  | { readonly kind: 'present'; readonly place: VmPlace; readonly config: VmConfig }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'gone' };

/** Finds VMs, and tells gone, foreign and ours apart. */
export class VmLocator {
  constructor(
    private readonly client: ProxmoxClient,
    private readonly api: VmApi,
  ) {}

  /**
   * Looks on the hinted host, then anywhere. A token that has its rights by a pool reads 403 for a VM that is gone, because
   * the id is in no pool any more; only `nextid` tells it from a foreign one.
   */
  async locate(vmId: number, hint: string): Promise<Located> {
    const hinted = await this.readConfig({ vmId, host: hint });
    if (hinted.kind === 'present') return hinted;
    if (await this.isFree(vmId)) return { kind: 'gone' };
    const host = hinted.kind === 'absent' ? await this.hostOf(vmId) : undefined;
    const found = host === undefined ? undefined : await this.readConfig({ vmId, host });
    return found?.kind === 'present' ? found : { kind: 'hidden' };
  }

  /** The VM, when it carries the expected mark; `vm.not_found` or `vm.foreign` else. */
  async owned(ref: VmRef): Promise<{ readonly place: VmPlace; readonly config: VmConfig }> {
    const located = await this.locate(ref.vmId, ref.host);
    if (located.kind === 'gone') throw missing(ref.vmId);
    if (located.kind === 'hidden' || !isMarked(located.config, ref)) throw foreign(ref.vmId);
    return located;
  }

  /** The same with its status, both asked for at once; of a VM that has moved the status is asked for where it is. */
  async ownedNow(
    ref: VmRef,
  ): Promise<{ readonly place: VmPlace; readonly config: VmConfig; readonly status: VmStatus }> {
    const early = this.api.status({ vmId: ref.vmId, host: ref.host }).catch(() => undefined);
    const { place, config } = await this.owned(ref);
    const status = place.host === ref.host ? await early : undefined;
    return { place, config, status: status ?? (await this.api.status(place)) };
  }

  /**
   * Runs what acts on a VM that was found. When the VM is removed meanwhile, a token with rights by pool reads 403, which
   * would blame its rights.
   */
  async acting<T>(vmId: number, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (isProxmoxFailure(error) && error.code === 'hypervisor.forbidden' && (await this.isFree(vmId)))
        throw missing(vmId);
      throw error;
    }
  }

  /** Tells whether no VM and no container has the id, whoever may see it. */
  async isFree(vmId: number): Promise<boolean> {
    try {
      await this.client.get('/cluster/nextid', {}, { vmid: vmId });
      return true;
    } catch (error) {
      if (isProxmoxFailure(error) && error.code === 'vm.id_taken') return false;
      throw error;
    }
  }

  /** Rights are looked at before the host is: what is hidden on one host is hidden on all. */
  private async readConfig(place: VmPlace): Promise<Located | { readonly kind: 'absent' }> {
    try {
      return { kind: 'present', place, config: await this.api.config(place) };
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      if (error.code === 'hypervisor.forbidden') return { kind: 'hidden' };
      if (error.code === 'vm.not_found' || /hostname lookup/.test(error.evidence.text)) return { kind: 'absent' };
      throw error;
    }
  }

  private async hostOf(vmId: number): Promise<string | undefined> {
    const vms = asAnswers(await this.client.get('/cluster/resources', {}, { type: 'vm' }));
    const vm = vms.find((candidate) => numberOf(candidate, 'vmid') === vmId && textOf(candidate, 'type') === 'qemu');
    return vm && textOf(vm, 'node');
  }
}

function missing(vmId: number): HypervisorError {
  return new HypervisorError('vm.not_found', 'permanent', `VM ${vmId} does not exist`);
}

/** `seen`: it was read, and is surely somebody else's, so that nothing of ours has the id. */
export function foreign(vmId: number, seen = false): HypervisorError {
  const detail = `VM ${vmId} does not carry the expected mark`;
  return new HypervisorError('vm.foreign', 'permanent', detail, seen ? { seen } : {});
}

/** Neither a tag nor the description names the range: one of ours whose tags somebody took away still says it. */
export function isSurelyForeign(config: VmConfig, { mark }: Pick<VmRef, 'mark'>): boolean {
  const said = `${config.tags ?? ''} ${config.description ?? ''}`.toLowerCase();
  return !said.includes(mark.rangeId.toLowerCase());
}

function isMarked(config: VmConfig, ref: VmRef): boolean {
  return config.mark !== undefined && sameMark(config.mark, ref.mark);
}

/** Ours by its mark, or a clone of ours whose mark was not written yet. */
export function isOursOrUnmarkedClone(config: VmConfig, ref: Pick<VmRef, 'mark'>): boolean {
  if (config.mark !== undefined) return sameMark(config.mark, ref.mark);
  return isUnmarkedCloneOf(config, ref.mark);
}
