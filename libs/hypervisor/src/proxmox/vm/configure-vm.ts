import type { ConfigureSpec } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';
import type { Operation, VmObservation, VmRef } from '../../port';
import { configDifference, type ConfigDifference } from '../config/config-difference';
import type { ConfigWriter } from '../config/config-writer';
import type { VmConfig } from '../config/vm-config';
import { sameMark } from '../marks/mark-tags';
import type { ProxmoxSettings } from '../proxmox-options';
import { OperationScope } from '../tasks/operation-scope';
import { foreign, type VmLocator } from './locate-vm';
import { VmFirewall } from './vm-firewall';
import { observationOf } from './observe-vm';
import type { VmTaskRunner } from './run-vm-task';
import type { VmApi, VmPlace } from './vm-api';

const GIB = 2 ** 30;

/** Makes a VM's configuration what a specification says, and its first disk at least as large. */
export class VmConfigurator {
  private readonly firewall: VmFirewall;

  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
    private readonly writer: ConfigWriter,
    private readonly runner: VmTaskRunner,
    private readonly settings: ProxmoxSettings,
  ) {
    this.firewall = new VmFirewall(api);
  }

  async configure(ref: VmRef, spec: ConfigureSpec, operation: Operation): Promise<VmObservation> {
    const scope = new OperationScope(`configure VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    const { place, config } = await this.locator.owned(ref);
    refuseWhatWouldBeIgnored(config, spec);
    const differenceOf = (read: VmConfig): ConfigDifference => {
      if (read.mark === undefined || !sameMark(read.mark, ref.mark)) throw foreign(ref.vmId);
      return configDifference(read, spec);
    };
    if (spec.nics.length > 0) await this.firewall.ensure(scope, place, config);
    const written = await this.writer.write(scope, place, `configure VM ${ref.vmId}`, differenceOf, config);
    const grown = spec.diskGiB !== undefined && (await this.grow(scope, place, written, spec.diskGiB));
    const [last, status] = await Promise.all([grown ? this.api.config(place) : written, this.api.status(place)]);
    return observationOf(place, last, status);
  }

  /** Whether the first disk had to grow. Disks never shrink. Older versions answer when it is done, later ones with a task. */
  private async grow(scope: OperationScope, place: VmPlace, config: VmConfig, diskGiB: number): Promise<boolean> {
    const disk = config.firstDisk;
    if (disk === undefined || disk.bytes >= diskGiB * GIB) return false;
    await this.runner.run(scope, {
      intent: `grow ${disk.key} of VM ${place.vmId} to ${diskGiB} GiB`,
      send: () =>
        this.api.change(place, 'PUT', '/resize', {
          form: { disk: disk.key, size: `${diskGiB}G` },
          lane: 'config',
          operation: scope.operation,
        }),
      query: { ...place, type: 'resize' },
      done: async () => ((await this.api.config(place)).firstDisk?.bytes ?? 0) >= diskGiB * GIB,
      settleMs: this.settings.timeouts.settleMs,
    });
    return true;
  }
}

/** Values for a guest that has no way to receive them would be accepted and ignored. */
function refuseWhatWouldBeIgnored(config: VmConfig, { cloudInit }: ConfigureSpec): void {
  const wanted = cloudInit?.user !== undefined || (cloudInit?.sshKeys ?? []).length > 0;
  if (!wanted || config.hasCloudInitDrive) return;
  throw new HypervisorError(
    'site.unsupported',
    'permanent',
    `${config.name} has no cloud-init drive for a user or keys`,
  );
}
