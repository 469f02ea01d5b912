import { isProxmoxFailure } from '../errors/proxmox-failure';
import type { VmConfig } from '../config/vm-config';
import type { OperationScope } from '../tasks/operation-scope';
import { asAnswer, textOf } from '../transport/answer';
import type { VmApi, VmPlace } from './vm-api';

/**
 * Keeps a guest from sending with another MAC than its own, and hinders nothing else: an enabled firewall drops what comes in
 * unless told otherwise, and router advertisements. Addresses are the range's own matter, so that it may spoof and route them.
 */
const OPTIONS: Readonly<Record<string, string>> = {
  enable: '1',
  macfilter: '1',
  ipfilter: '0',
  radv: '1',
  policy_in: 'ACCEPT',
  policy_out: 'ACCEPT',
};
/** What counts when an option is absent. */
const DEFAULTS: Readonly<Record<string, string>> = {
  enable: '0',
  macfilter: '1',
  ipfilter: '0',
  radv: '0',
  policy_in: 'DROP',
  policy_out: 'ACCEPT',
};

/** The firewall options of a VM, which its NICs obey that say `firewall=1`. */
export class VmFirewall {
  constructor(private readonly api: VmApi) {}

  /**
   * Sets the options unless they are right. They are written before NICs obey them: while a NIC does not yet, they are
   * written without a look; afterwards one look tells.
   */
  async ensure(scope: OperationScope, place: VmPlace, config: VmConfig): Promise<void> {
    const obeyed = config.nics.length > 0 && config.nics.every(({ others }) => others.get('firewall') === '1');
    if (obeyed && (await this.isRight(place))) return;
    await scope.intend(`set the firewall of VM ${place.vmId}`);
    try {
      await this.api.change(place, 'PUT', '/firewall/options', {
        form: OPTIONS,
        lane: 'config',
        operation: scope.operation,
      });
    } catch (error) {
      if (!isProxmoxFailure(error) || !error.evidence.ambiguous || !(await this.isRight(place))) throw error;
    }
  }

  /** What counts of the options, in words such as `enable=1,macfilter=1`. */
  async describe(place: VmPlace): Promise<string> {
    const present = await this.read(place);
    return Object.entries(present)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
  }

  private async isRight(place: VmPlace): Promise<boolean> {
    const present = await this.read(place);
    return Object.entries(OPTIONS).every(([name, value]) => present[name] === value);
  }

  private async read(place: VmPlace): Promise<Readonly<Record<string, string>>> {
    const present = asAnswer(await this.api.get(place, '/firewall/options'));
    return Object.fromEntries(
      Object.keys(OPTIONS).map((name) => [name, textOf(present, name) ?? DEFAULTS[name] ?? '']),
    );
  }
}
