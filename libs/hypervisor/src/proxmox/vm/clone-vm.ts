import { setTimeout as delay } from 'node:timers/promises';
import type { CloneSpec, OwnershipMark } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';
import type { Operation, VmObservation } from '../../port';
import type { ConfigDifference } from '../config/config-difference';
import type { ConfigWriter } from '../config/config-writer';
import type { VmConfig } from '../config/vm-config';
import { cloneEvidence, hasMarkTags, markTags, sameMark, withMark } from '../marks/mark-tags';
import { OperationScope, outcomeUnknown } from '../tasks/operation-scope';
import type { TaskApi } from '../tasks/task-api';
import { parseUpid } from '../tasks/upid';
import type { ProxmoxSettings } from '../proxmox-options';
import { foreign, isOursOrUnmarkedClone, type Located, type VmLocator } from './locate-vm';
import { observationOf } from './observe-vm';
import type { VmTaskRunner } from './run-vm-task';
import type { VmApi, VmPlace } from './vm-api';

const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
/** Would outlive the range: a protected VM cannot be removed, an onboot one starts with its host. */
const INHERITED_TO_REMOVE = ['protection', 'onboot'];

type Present = Extract<Located, { kind: 'present' }>;
/** `making`: perhaps a clone is under way on the id. */
type Look =
  | { readonly kind: 'decided'; readonly ours: Present | undefined }
  | { readonly kind: 'making'; readonly hidden: boolean };

export interface CloneParts {
  readonly api: VmApi;
  readonly locator: VmLocator;
  readonly tasks: TaskApi;
  readonly runner: VmTaskRunner;
  readonly writer: ConfigWriter;
  readonly settings: ProxmoxSettings;
  /** By whom tasks of this adapter are: `user@realm!token`. */
  readonly ownUser: string;
}

/**
 * Makes a VM from a template and writes its mark. A clone cannot be given tags, so it carries its mark in the description
 * first; a crash between the two leaves a VM that only the same mark adopts.
 */
export class VmCloner {
  constructor(private readonly parts: CloneParts) {}

  async ensure(spec: CloneSpec, mark: OwnershipMark, operation: Operation): Promise<VmObservation> {
    const scope = new OperationScope(`clone VM ${spec.vmId}`, operation);
    markTags(mark);
    const known = await this.parts.runner.resume(scope);
    if (known === undefined && operation.resumed === true) await this.leftBehind(scope, spec);
    let present = await this.settled(scope, spec, mark);
    for (let attempt = 1; present === undefined; attempt += 1) {
      const template = await this.template(spec);
      try {
        present = await this.clone(scope, spec, mark, template);
      } catch (error) {
        if (!(error instanceof HypervisorError) || scope.aborted || attempt >= ATTEMPTS) throw error;
        present = await this.settled(scope, spec, mark);
        if (present === undefined && error.errorClass !== 'conflict') throw error;
        if (present === undefined) await scope.pause(PAUSE_MS * attempt * (0.5 + Math.random()));
      }
      present ??= await this.settled(scope, spec, mark);
    }
    return this.claim(scope, present, mark);
  }

  /**
   * The worker of a clone takes the id, not the call: what an earlier life asked for may not show yet, and would appear
   * after all was decided. Waits until it shows, or can no more; when the caller has given up, it is stopped.
   */
  private async leftBehind(scope: OperationScope, spec: CloneSpec): Promise<void> {
    const { locator, ownUser, runner, tasks } = this.parts;
    const isSuspect = (handle: string): boolean => parseUpid(handle)?.user === ownUser && runner.isUnaccounted(handle);
    let suspects: readonly string[] | undefined;
    for (let pauseMs = 100; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      const running = (await this.runningClones(spec)).filter(isSuspect);
      suspects = (suspects ?? running).filter((handle) => running.includes(handle));
      const [only, second] = suspects;
      if (only === undefined || (await locator.locate(spec.vmId, spec.host)).kind !== 'gone') return;
      if (scope.aborted && second === undefined) {
        await tasks.wait(scope, only, 'unknown');
        return;
      }
      if (scope.remainingMs === 0) throw outcomeUnknown(scope.what, 'a clone of an earlier life goes on');
      // Not the pause of the scope: it ends when the caller gives up.
      await delay(pauseMs);
    }
  }

  /**
   * What has the id once no clone is under way on it: our VM, or nothing. Throws `vm.id_taken` when it is somebody else's.
   * While a clone runs, its target has a temporary description, and a token with rights by pool cannot read it at all; so
   * the clones of this template that ran at the first look are waited for.
   */
  private async settled(scope: OperationScope, spec: CloneSpec, mark: OwnershipMark): Promise<Present | undefined> {
    const until = performance.now() + this.parts.settings.timeouts.lockMs;
    let suspects: readonly string[] | undefined;
    for (let pauseMs = 100; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      const seen = await this.look(spec, mark);
      if (seen.kind !== 'making') return seen.ours;
      const running = await this.runningClones(spec);
      suspects = (suspects ?? running).filter((handle) => running.includes(handle));
      if (suspects.length === 0) {
        // The last one may have ended between the two looks.
        const again = await this.look(spec, mark);
        if (again.kind !== 'making') return again.ours;
        if (again.hidden) throw idTaken(spec.vmId, { seen: false });
        if (performance.now() > until) throw stuck(spec.vmId);
      }
      await scope.pause(pauseMs);
    }
  }

  private async look(spec: CloneSpec, mark: OwnershipMark): Promise<Look> {
    const located = await this.parts.locator.locate(spec.vmId, spec.host);
    if (located.kind === 'gone') return { kind: 'decided', ours: undefined };
    if (located.kind === 'hidden') return { kind: 'making', hidden: true };
    if (isMaking(located.config.lock)) return { kind: 'making', hidden: false };
    if (isOursOrUnmarkedClone(located.config, { mark })) return { kind: 'decided', ours: located };
    throw idTaken(spec.vmId, { seen: true });
  }

  private runningClones(spec: CloneSpec): Promise<readonly string[]> {
    return this.parts.tasks.running({ host: spec.templateHost, vmId: spec.templateVmId, type: 'qmclone' });
  }

  /** A clone inherits its template's tags, so a template with a mark would make VMs that belong to somebody. */
  private async template(spec: CloneSpec): Promise<VmPlace> {
    const located = await this.parts.locator.locate(spec.templateVmId, spec.templateHost);
    const name = `VM ${spec.templateVmId} on ${spec.templateHost}`;
    if (located.kind !== 'present')
      throw new HypervisorError('template.not_found', 'permanent', `${name} is not to be found`);
    if (!located.config.template)
      throw new HypervisorError('template.not_found', 'permanent', `${name} is not a template`);
    if (!hasMarkTags(located.config.tags)) return located.place;
    throw new HypervisorError('site.misconfigured', 'permanent', `The template ${name} carries the mark of a range`);
  }

  /** The VM as it was seen when the clone was done. */
  private async clone(
    scope: OperationScope,
    spec: CloneSpec,
    mark: OwnershipMark,
    template: VmPlace,
  ): Promise<Present | undefined> {
    let made: Present | undefined;
    const full = spec.mode === 'full';
    const form = {
      newid: spec.vmId,
      name: spec.name,
      description: cloneEvidence(mark, spec.templateVmId),
      full,
      ...(full ? { storage: spec.storage } : {}),
      ...(spec.pool === undefined ? {} : { pool: spec.pool }),
      ...(template.host === spec.host ? {} : { target: spec.host }),
    };
    await this.parts.runner.run(scope, {
      intent: `clone template ${spec.templateVmId} to VM ${spec.vmId}`,
      send: () => this.parts.api.change(template, 'POST', '/clone', { form, operation: scope.operation }),
      done: async () => {
        const located = await this.parts.locator.locate(spec.vmId, spec.host);
        if (located.kind !== 'present' || located.config.lock !== undefined) return false;
        if (!isOursOrUnmarkedClone(located.config, { mark })) return false;
        made = located;
        return true;
      },
      settleMs: this.parts.settings.timeouts.settleMs,
    });
    return made;
  }

  private async claim(
    scope: OperationScope,
    { place, config: seen }: Present,
    mark: OwnershipMark,
  ): Promise<VmObservation> {
    const differenceOf = (read: VmConfig): ConfigDifference => {
      if (!isOursOrUnmarkedClone(read, { mark })) throw foreign(place.vmId);
      const marked = read.mark !== undefined && sameMark(read.mark, mark);
      return { set: marked ? {} : { tags: withMark(read.tags, mark) }, remove: inheritedIn(read) };
    };
    const config = await this.parts.writer.write(scope, place, `mark VM ${place.vmId}`, differenceOf, seen);
    return observationOf(place, config, await this.parts.api.status(place));
  }
}

function isMaking(lock: string | undefined): boolean {
  return lock === 'clone' || lock === 'create';
}

function inheritedIn(config: VmConfig): readonly string[] {
  return INHERITED_TO_REMOVE.filter((key) => config.text(key) !== undefined);
}

function stuck(vmId: number): HypervisorError {
  return new HypervisorError('hypervisor.locked', 'conflict', `VM ${vmId} stays locked, though no clone runs`);
}

/** `seen: false`: by a VM that the token may not read; should a clone of ours be lost on the way, it may be that one. */
function idTaken(vmId: number, facts: { readonly seen: boolean }): HypervisorError {
  return new HypervisorError('vm.id_taken', 'permanent', `The id ${vmId} belongs to another VM`, facts);
}
