import { isProxmoxFailure, type ProxmoxFailure } from '../errors/proxmox-failure';
import type { OperationScope } from '../tasks/operation-scope';
import type { VmApi, VmPlace } from '../vm/vm-api';
import { isEmpty, type ConfigDifference } from './config-difference';
import type { VmConfig } from './vm-config';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Writes differences to a VM's configuration. Each write carries the digest that it was computed from, so a write that was
 * lost on the wire may be sent again: when the first one acts late, the digest refuses one of the two.
 */
export class ConfigWriter {
  constructor(private readonly api: VmApi) {}

  /**
   * Reads, computes, writes, until `difference` is empty; returns the configuration then. Concurrent changes and locks are
   * waited out a bounded number of times. `read`: the configuration as it was just read; a change since is refused by its
   * digest.
   */
  async write(
    scope: OperationScope,
    place: VmPlace,
    intent: string,
    difference: (config: VmConfig) => ConfigDifference,
    read?: VmConfig,
  ): Promise<VmConfig> {
    let failure: ProxmoxFailure | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const config = attempt === 1 && read !== undefined ? read : await this.api.config(place);
      const changes = difference(config);
      if (isEmpty(changes)) return config;
      await scope.intend(intent);
      failure = await this.put(place, changes, config.digest, scope);
      if (failure !== undefined && failure.code !== 'hypervisor.conflict') await scope.pause(pauseAfter(attempt));
    }
    if (failure !== undefined) throw failure;
    return this.api.config(place);
  }

  /** Returns a failure that passes by itself, throws any other. */
  private async put(
    place: VmPlace,
    { set, remove }: ConfigDifference,
    digest: string,
    scope: OperationScope,
  ): Promise<ProxmoxFailure | undefined> {
    const form = { ...set, ...(remove.length === 0 ? {} : { delete: remove.join(',') }), digest };
    try {
      await this.api.change(place, 'PUT', '/config', { form, lane: 'config', operation: scope.operation });
      return undefined;
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      await this.revertRefused(place, error);
      if (error.errorClass !== 'conflict' && error.errorClass !== 'unknown') throw error;
      return error;
    }
  }

  /** A value that a running VM refused to take stays pending, and would break its next start. */
  private async revertRefused(place: VmPlace, { evidence }: ProxmoxFailure): Promise<void> {
    const refused = Object.entries(evidence.parameters ?? {}).filter(([, complaint]) =>
      /hotplug problem/.test(complaint),
    );
    if (refused.length === 0) return;
    const form = { revert: refused.map(([key]) => key).join(',') };
    await this.api.change(place, 'PUT', '/config', { form, lane: 'config' });
  }
}

function pauseAfter(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}
