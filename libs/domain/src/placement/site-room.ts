import { compareText } from '../ordering/heap';
import { storageSlotOf } from '../planning/planned-step';
import type { HostRoom, NodeToPlace, PlacementRequest, StorageRoom, TemplateCopy } from './placement';

/** A host and a copy of the template that a node could be cloned from there. */
export interface Candidate {
  readonly host: HostRoom;
  readonly storage: StorageRoom;
  readonly copy: TemplateCopy;
  /** Key under which the storage's room is counted. */
  readonly disk: string;
}

/** Part of a template's disk that a linked clone is expected to fill with its own changes. */
const LINKED_SHARE = 0.1;

export function modeOf(node: NodeToPlace, storage: StorageRoom): 'linked' | 'full' {
  return storage.linkedClones && node.cloneMode !== 'full' ? 'linked' : 'full';
}

/** Space that a clone takes on its storage, GiB. */
export function diskNeeded(node: NodeToPlace, { storage, copy }: Candidate): number {
  const size = Math.max(node.diskGiB ?? 0, copy.diskGiB);
  return modeOf(node, storage) === 'linked' ? Math.max(1, Math.ceil(size * LINKED_SHARE)) : size;
}

/** What is left on each host and storage while nodes are placed. */
export class SiteRoom {
  private readonly memory = new Map<string, number>();
  private readonly disk = new Map<string, number>();
  private readonly candidates = new Map<string, readonly Candidate[]>();

  constructor(private readonly request: PlacementRequest) {
    for (const host of request.hosts) {
      const { reservedMiB, runningMiB } = request.used.get(host.name) ?? { reservedMiB: 0, runningMiB: 0 };
      const byPromises = host.memoryMiB - reservedMiB;
      const byObservation = host.memoryFreeMiB - Math.max(0, reservedMiB - runningMiB);
      this.memory.set(host.name, Math.min(byPromises, byObservation) - request.hostReservedMiB);
    }
    for (const storage of request.storages) {
      for (const host of storage.hosts)
        this.disk.set(storageSlotOf(storage.name, storage.shared, host), storage.freeGiB);
    }
  }

  memoryOf(host: string): number {
    return this.memory.get(host) ?? 0;
  }

  diskOf(key: string): number {
    return this.disk.get(key) ?? 0;
  }

  /** Hosts that could take clones of a template, whatever room they have; by name, a copy on the host itself first. */
  candidatesFor(template: string): readonly Candidate[] {
    let found = this.candidates.get(template);
    if (found === undefined) this.candidates.set(template, (found = this.findCandidates(template)));
    return found;
  }

  take(node: NodeToPlace, candidate: Candidate): void {
    this.memory.set(candidate.host.name, this.memoryOf(candidate.host.name) - node.memoryMiB);
    this.disk.set(candidate.disk, this.diskOf(candidate.disk) - diskNeeded(node, candidate));
  }

  private findCandidates(template: string): readonly Candidate[] {
    const online = new Map(
      this.request.hosts.filter((host) => host.online && host.cpus > 0).map((host) => [host.name, host]),
    );
    const found: Candidate[] = [];
    for (const copy of this.request.templates) {
      if (copy.name !== template || !online.has(copy.host)) continue;
      const storage = this.request.storages.find(
        ({ name, hosts }) => name === copy.storage && hosts.includes(copy.host),
      );
      if (storage === undefined) continue;
      for (const name of copy.shared ? storage.hosts : [copy.host]) {
        const host = online.get(name);
        if (host) found.push({ host, storage, copy, disk: storageSlotOf(storage.name, copy.shared, name) });
      }
    }
    return found.sort(
      (a, b) =>
        compareText(a.host.name, b.host.name) ||
        Number(b.copy.host === b.host.name) - Number(a.copy.host === a.host.name) ||
        a.copy.vmId - b.copy.vmId,
    );
  }
}
