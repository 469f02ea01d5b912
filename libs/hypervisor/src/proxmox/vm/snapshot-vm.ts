import { HypervisorError } from '../../hypervisor-error';
import type { Operation, SnapshotFacts, SnapshotSpec, VmObservation, VmRef } from '../../port';
import type { ProxmoxSettings } from '../proxmox-options';
import { OperationScope } from '../tasks/operation-scope';
import { asAnswer, asAnswers, flagOf, numberOf, textOf } from '../transport/answer';
import type { VmLocator } from './locate-vm';
import type { VmTaskRunner } from './run-vm-task';
import type { VmApi, VmPlace } from './vm-api';
import { VmFirewall } from './vm-firewall';
import { observationOf } from './observe-vm';
import { waitForLock } from './wait-for-lock';

/** The list's entry for the state that runs now. */
const PRESENT_STATE = 'current';

interface ListedSnapshot extends SnapshotFacts {
  readonly description: string;
}

/** Takes, removes and returns to snapshots of VMs that carry the expected mark. */
export class VmSnapshots {
  private readonly firewall: VmFirewall;

  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
    private readonly runner: VmTaskRunner,
    private readonly settings: ProxmoxSettings,
  ) {
    this.firewall = new VmFirewall(api);
  }

  /** A snapshot of the same name and description was made by this operation; an equal name alone is somebody else's. */
  async create(ref: VmRef, spec: SnapshotSpec, operation: Operation): Promise<void> {
    const scope = new OperationScope(`take snapshot ${spec.name} of VM ${ref.vmId}`, operation);
    const { place, listed } = await this.begin(scope, ref);
    const present = named(listed, spec.name);
    if (present !== undefined) return assertMadeBySame(present, spec, ref.vmId);
    await this.assertPossible(place, spec);
    let made: ListedSnapshot | undefined;
    await this.runner.run(scope, {
      intent: scope.what,
      send: () =>
        this.api.change(place, 'POST', '/snapshot', {
          form: { snapname: spec.name, description: spec.description, vmstate: spec.memory },
          operation,
        }),
      query: { ...place, type: 'qmsnapshot' },
      done: async () => {
        const [found, { lock }] = await Promise.all([this.find(place, spec.name), this.api.config(place)]);
        made = found;
        return made !== undefined && lock === undefined;
      },
      settleMs: this.settings.timeouts.settleMs,
    });
    if (made !== undefined) assertMadeBySame(made, spec, ref.vmId);
  }

  /**
   * Repeating it is harmless, so it is repeated whenever its own task did not report success: the state cannot tell a
   * rollback that happened from one that did not. The firewall of a VM is no part of its snapshots: it is set right beside.
   */
  async rollback(ref: VmRef, name: string, operation: Operation): Promise<VmObservation> {
    const scope = new OperationScope(`roll VM ${ref.vmId} back to ${name}`, operation);
    const { place, resumed, listed } = await this.begin(scope, ref);
    if (await this.isGone(place, name, listed)) {
      throw new HypervisorError('snapshot.not_found', 'permanent', `VM ${ref.vmId} has no snapshot ${name}`);
    }
    if (!resumed || (await this.api.config(place)).parentSnapshot !== name) {
      await this.runner.run(scope, {
        intent: scope.what,
        send: () => this.api.change(place, 'POST', '/snapshot/{name}/rollback', { at: { name }, operation }),
        query: { ...place, type: 'qmrollback' },
        settleMs: this.settings.timeouts.settleMs,
      });
    }
    const { config, status } = await this.locator.ownedNow(ref);
    await this.firewall.ensure(scope, place, config);
    return observationOf(place, config, status);
  }

  async delete(ref: VmRef, name: string, operation: Operation): Promise<void> {
    const scope = new OperationScope(`delete snapshot ${name} of VM ${ref.vmId}`, operation);
    const { place, listed } = await this.begin(scope, ref);
    if (await this.isGone(place, name, listed)) return;
    await this.runner.run(scope, {
      intent: scope.what,
      send: () => this.api.change(place, 'DELETE', '/snapshot/{name}', { at: { name }, operation }),
      query: { ...place, type: 'qmdelsnapshot' },
      done: async () => (await this.find(place, name)) === undefined,
      settleMs: this.settings.timeouts.settleMs,
    });
  }

  async list(ref: VmRef): Promise<readonly SnapshotFacts[]> {
    const { place } = await this.locator.owned(ref);
    return (await this.read(place)).map(({ description: _, ...facts }) => facts);
  }

  /** Asked of the VM, because it depends on type, format and descent of each disk. A template answers no: only its clones can be. */
  async arePossible(ref: VmRef): Promise<boolean> {
    const { place } = await this.locator.owned(ref);
    return this.hasFeature(place);
  }

  /** What is there once nobody holds the VM's lock; asked for at once where nobody does. */
  private async begin(
    scope: OperationScope,
    ref: VmRef,
  ): Promise<{ readonly place: VmPlace; readonly resumed: boolean; readonly listed: readonly ListedSnapshot[] }> {
    const end = await this.runner.resume(scope);
    const early = this.read({ vmId: ref.vmId, host: ref.host }).catch(() => undefined);
    const { place, status } = await this.locator.ownedNow(ref);
    await waitForLock(scope, this.api, place, this.settings.timeouts.lockMs, status);
    const current = place.host === ref.host && status.lock === undefined ? await early : undefined;
    return { place, resumed: end?.kind === 'ok', listed: current ?? (await this.read(place)) };
  }

  /** Of a stopped VM the memory would silently be left out. */
  private async assertPossible(place: VmPlace, { memory }: SnapshotSpec): Promise<void> {
    if (!(await this.hasFeature(place))) {
      const detail = `A disk of VM ${place.vmId} lies on a storage that cannot take snapshots`;
      throw new HypervisorError('snapshot.unsupported', 'permanent', detail);
    }
    if (!memory || (await this.api.status(place)).state !== 'stopped') return;
    throw new HypervisorError(
      'vm.not_running',
      'retryable',
      `VM ${place.vmId} does not run, so it has no memory to keep`,
    );
  }

  private async hasFeature(place: VmPlace): Promise<boolean> {
    return flagOf(asAnswer(await this.api.get(place, '/feature', { feature: 'snapshot' })), 'hasFeature');
  }

  /** Looks again before it says so: the list was read beside the lock, and may be older than the end of a task. */
  private async isGone(place: VmPlace, name: string, listed: readonly ListedSnapshot[]): Promise<boolean> {
    return named(listed, name) === undefined && (await this.find(place, name)) === undefined;
  }

  private async find(place: VmPlace, name: string): Promise<ListedSnapshot | undefined> {
    return named(await this.read(place), name);
  }

  private async read(place: VmPlace): Promise<readonly ListedSnapshot[]> {
    const listed = asAnswers(await this.api.get(place, '/snapshot'));
    return listed
      .filter((entry) => textOf(entry, 'name') !== PRESENT_STATE)
      .map((entry) => {
        const parent = textOf(entry, 'parent');
        const takenAt = numberOf(entry, 'snaptime');
        return {
          name: textOf(entry, 'name') ?? '',
          description: (textOf(entry, 'description') ?? '').trimEnd(),
          ...(parent === undefined ? {} : { parent }),
          memory: flagOf(entry, 'vmstate'),
          ...(takenAt === undefined ? {} : { takenAt }),
        };
      });
  }
}

function named(listed: readonly ListedSnapshot[], name: string): ListedSnapshot | undefined {
  return listed.find((snapshot) => snapshot.name === name);
}

function assertMadeBySame(present: ListedSnapshot, spec: SnapshotSpec, vmId: number): void {
  if (present.description === spec.description.trimEnd() && present.memory === spec.memory) return;
  throw new HypervisorError('snapshot.name_taken', 'permanent', `VM ${vmId} has another snapshot ${spec.name}`);
}
