import { HypervisorError } from '../../hypervisor-error';
import type { Operation, VmRef } from '../../port';
import type { ConfigWriter } from '../config/config-writer';
import type { ProxmoxSettings } from '../proxmox-options';
import { OperationScope } from '../tasks/operation-scope';
import { foreign, isOursOrUnmarkedClone, isSurelyForeign, type Located, type VmLocator } from './locate-vm';
import type { VmPower } from './power-vm';
import type { VmTaskRunner } from './run-vm-task';
import type { VmApi } from './vm-api';

const ATTEMPTS = 3;

type Present = Extract<Located, { kind: 'present' }>;

/** Removes VMs that carry the expected mark, also a clone whose mark was not written yet. */
export class VmDestroyer {
  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
    private readonly power: VmPower,
    private readonly writer: ConfigWriter,
    private readonly runner: VmTaskRunner,
    private readonly settings: ProxmoxSettings,
  ) {}

  async destroy(ref: VmRef, operation: Operation): Promise<void> {
    const scope = new OperationScope(`destroy VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    for (let attempt = 1; ; attempt += 1) {
      const present = await this.settled(scope, ref);
      if (present === undefined) return;
      try {
        await this.remove(scope, ref, present);
        return;
      } catch (error) {
        if (!(error instanceof HypervisorError) || scope.aborted) throw error;
        if ((await this.locator.locate(ref.vmId, ref.host)).kind === 'gone') return;
        // Something took its lock or started it in between.
        if (error.errorClass !== 'conflict' || attempt === ATTEMPTS) throw error;
        await scope.pause(500 * attempt);
      }
    }
  }

  private async remove(scope: OperationScope, ref: VmRef, { place, config }: Present): Promise<void> {
    const status = await this.api.status(place);
    if (status.state !== 'stopped') await this.power.stopHard(scope, place, status);
    if (config.mark === undefined) {
      // A clone without its mark still has the protection of its template.
      await this.writer.write(scope, place, `unprotect VM ${ref.vmId}`, (read) => ({
        set: {},
        remove: read.protected ? ['protection'] : [],
      }));
    }
    await this.runner.run(scope, {
      intent: scope.what,
      send: () =>
        this.api.change(place, 'DELETE', '', {
          form: { purge: true, 'destroy-unreferenced-disks': true },
          operation: scope.operation,
        }),
      query: { ...place, type: 'qmdestroy' },
      done: async () => (await this.locator.locate(place.vmId, place.host)).kind === 'gone',
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  /** The VM once no clone is under way on its id; undefined when nothing has it. */
  private async settled(scope: OperationScope, ref: VmRef): Promise<Present | undefined> {
    const last = await scope.lookFor(this.settings.timeouts.lockMs, async () => {
      const located = await this.locator.locate(ref.vmId, ref.host);
      const passing = located.kind === 'hidden' || (located.kind === 'present' && isPassingLock(located.config.lock));
      return passing ? undefined : located;
    });
    if (last?.kind === 'gone') return undefined;
    if (last?.kind === 'present' && isOursOrUnmarkedClone(last.config, ref)) return last;
    if (last !== undefined) throw foreign(ref.vmId, last.kind === 'present' && isSurelyForeign(last.config, ref));
    const now = await this.locator.locate(ref.vmId, ref.host);
    if (now.kind !== 'present') throw foreign(ref.vmId);
    throw new HypervisorError('hypervisor.locked', 'conflict', `${scope.what}: the lock (${now.config.lock}) stays`);
  }
}

/** A clone or removal under way: soon the VM is there with its description, or gone. */
function isPassingLock(lock: string | undefined): boolean {
  return lock !== undefined && lock !== 'suspended';
}
