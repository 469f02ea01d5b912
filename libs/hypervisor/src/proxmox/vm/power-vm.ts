import { HypervisorError } from '../../hypervisor-error';
import type { Operation, VmRef } from '../../port';
import type { ProxmoxSettings } from '../proxmox-options';
import { OperationScope } from '../tasks/operation-scope';
import type { VersionReader } from '../version';
import type { VmLocator } from './locate-vm';
import type { VmTaskRunner } from './run-vm-task';
import type { VmApi, VmPlace, VmStatus } from './vm-api';
import { waitForLock } from './wait-for-lock';

/** Version that learned to let a hard stop end a shutdown under way. */
const OVERRULE_SINCE = [8, 2] as const;
/** What a shutdown task takes beyond the guest's own time. */
const GUEST_CALL_TIMEOUT_MS = 35_000;

/** Starts and stops VMs; each is a success when the VM is in that state already. */
export class VmPower {
  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
    private readonly runner: VmTaskRunner,
    private readonly version: VersionReader,
    private readonly settings: ProxmoxSettings,
  ) {}

  async start(ref: VmRef, operation: Operation): Promise<void> {
    const scope = new OperationScope(`start VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    const { place, status } = await this.locator.ownedNow(ref);
    const { state } = await waitForLock(scope, this.api, place, this.settings.timeouts.lockMs, status);
    if (state === 'running') return;
    const path = state === 'paused' ? '/status/resume' : '/status/start';
    await this.runner.run(scope, {
      intent: scope.what,
      send: () => this.api.change(place, 'POST', path, { operation }),
      query: { ...place, type: state === 'paused' ? 'qmresume' : 'qmstart' },
      done: () => this.isIn(place, 'running'),
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  async suspend(ref: VmRef, operation: Operation): Promise<void> {
    const scope = new OperationScope(`suspend VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    const { place, status } = await this.locator.ownedNow(ref);
    const { state } = await waitForLock(scope, this.api, place, this.settings.timeouts.lockMs, status);
    if (state === 'paused') return;
    if (state !== 'running')
      throw new HypervisorError(
        'vm.not_running',
        'permanent',
        `VM ${ref.vmId} does not run, so it cannot be suspended`,
      );
    await this.runner.run(scope, {
      intent: scope.what,
      send: () => this.api.change(place, 'POST', '/status/suspend', { operation }),
      query: { ...place, type: 'qmpause' },
      done: () => this.isIn(place, 'paused'),
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  /** Unlike a start it leaves a VM alone that is off. */
  async resume(ref: VmRef, operation: Operation): Promise<void> {
    const scope = new OperationScope(`resume VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    const { place, status } = await this.locator.ownedNow(ref);
    const { state } = await waitForLock(scope, this.api, place, this.settings.timeouts.lockMs, status);
    if (state === 'running') return;
    if (state !== 'paused')
      throw new HypervisorError('vm.not_running', 'permanent', `VM ${ref.vmId} is off, so it cannot be resumed`);
    await this.runner.run(scope, {
      intent: scope.what,
      send: () => this.api.change(place, 'POST', '/status/resume', { operation }),
      query: { ...place, type: 'qmresume' },
      done: () => this.isIn(place, 'running'),
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  async stop(ref: VmRef, graceMs: number, operation: Operation): Promise<{ readonly hard: boolean }> {
    const scope = new OperationScope(`stop VM ${ref.vmId}`, operation);
    await this.runner.resume(scope);
    const { place, status } = await this.locator.ownedNow(ref);
    if (status.state === 'stopped') return { hard: false };
    if (graceMs > 0 && status.state === 'running' && (await this.shutDown(scope, place, graceMs)))
      return { hard: false };
    await this.stopHard(scope, place, status);
    return { hard: true };
  }

  /** Stops a VM that the caller has found to be its own. */
  async stopHard(scope: OperationScope, place: VmPlace, status: VmStatus): Promise<void> {
    const overrule = !status.highlyAvailable && (await this.version.isAtLeast(...OVERRULE_SINCE));
    await this.runner.run(scope, {
      intent: `stop VM ${place.vmId} hard`,
      send: () =>
        this.api.change(place, 'POST', '/status/stop', {
          form: overrule ? { 'overrule-shutdown': true } : {},
          operation: scope.operation,
        }),
      query: { ...place, type: 'qmstop' },
      done: () => this.isIn(place, 'stopped'),
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  /** False when the guest did not comply in its time, for whatever reason. */
  private async shutDown(scope: OperationScope, place: VmPlace, graceMs: number): Promise<boolean> {
    try {
      await this.runner.run(scope, {
        intent: `shut down VM ${place.vmId}`,
        send: () =>
          this.api.change(place, 'POST', '/status/shutdown', {
            form: { timeout: Math.max(1, Math.ceil(graceMs / 1_000)) },
            timeoutMs: GUEST_CALL_TIMEOUT_MS,
            operation: scope.operation,
          }),
        query: { ...place, type: 'qmshutdown' },
        done: () => this.isIn(place, 'stopped'),
        settleMs: this.settings.timeouts.settleMs,
      });
      return true;
    } catch (error) {
      const givenUp = scope.aborted || scope.remainingMs === 0;
      if (givenUp || !(error instanceof HypervisorError) || error.code === 'hypervisor.forbidden') throw error;
      return false;
    }
  }

  private async isIn(place: VmPlace, state: VmStatus['state']): Promise<boolean> {
    return (await this.api.status(place)).state === state;
  }
}
