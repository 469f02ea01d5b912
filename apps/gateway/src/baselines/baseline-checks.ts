import { DomainError, type BaselineMode } from '@orion/domain';
import type { BaselineRow } from '@orion/persistence';

import type { Stores } from '../persistence/stores';

/** Baselines of one range: each costs every storage a snapshot of every disk. */
const BASELINES_PER_RANGE = 32;

/**
 * Refuses a baseline that the site cannot keep, before anything is stopped: too many of them, a storage that takes no
 * snapshots, too little room for the memory of what runs, or, where a storage rolls back to its newest snapshot only, one
 * that would cut off another baseline.
 */
export async function assertBaselinePossible(
  { baselines }: Stores,
  rangeId: string,
  { name, mode }: { readonly name: string; readonly mode: BaselineMode },
): Promise<void> {
  const known = await baselines.list(rangeId);
  if (known.length >= BASELINES_PER_RANGE) {
    const detail = `The range has ${known.length} baselines, and may have ${BASELINES_PER_RANGE}. Remove one first.`;
    throw new DomainError('baseline.unsupported', detail, { limit: BASELINES_PER_RANGE });
  }
  const storages = await baselines.storages(rangeId);
  const without = storages.filter(({ snapshots }) => !snapshots);
  if (without.length > 0) {
    const names = without.map((storage) => storage.name);
    const detail = `These storages take no snapshots: ${names.join(', ')}.`;
    throw new DomainError('baseline.unsupported', detail, { storages: names });
  }
  const small = storages.filter(({ freeGiB, runningMemoryMiB, nodes }) => {
    return mode === 'memory' && memoryGiB(runningMemoryMiB, nodes) > freeGiB;
  });
  if (small.length > 0) {
    const missing = small.map(({ name: storage, freeGiB, runningMemoryMiB, nodes }) => {
      return { storage, freeGiB, neededGiB: Math.ceil(memoryGiB(runningMemoryMiB, nodes)) };
    });
    const said = missing.map(({ storage, freeGiB, neededGiB }) => `${storage} needs ${neededGiB} GiB, has ${freeGiB}`);
    throw new DomainError('capacity.insufficient', `There is no room for the memory: ${said.join('; ')}.`, { missing });
  }
  const newest = storages.filter(({ newestOnly }) => newestOnly).map((storage) => storage.name);
  const ready = known.filter((baseline) => baseline.state === 'ready' && baseline.name !== name);
  if (newest.length > 0 && ready.length > 0) {
    const cutOff = ready.map((baseline) => baseline.name);
    const detail = `${newest.join(', ')} rolls back to its newest snapshot only, so that the range could not return to ${cutOff.join(', ')} any more. Remove that first.`;
    throw new DomainError('baseline.not_newest', detail, { storages: newest, baselines: cutOff });
  }
}

/** Refuses to return to a baseline that is not whole, or that newer snapshots stand in front of. */
export async function assertReturnPossible(
  { baselines }: Stores,
  rangeId: string,
  { id, name, state }: BaselineRow,
): Promise<void> {
  if (state === 'incomplete') {
    const detail = `Snapshots of the baseline ${name} are gone: a node was made anew since, or its removal broke off. Take a new one.`;
    throw new DomainError('baseline.not_ready', detail, { state });
  }
  if (state !== 'ready') throw new DomainError('baseline.not_ready', `The baseline ${name} is ${state}.`, { state });
  const newer = await baselines.inFrontOf(rangeId, id);
  if (newer.length === 0) return;
  const said = newer.slice(0, 5).map(({ node, snapshot }) => `${snapshot} of ${node}`);
  const detail = `The storage rolls back to its newest snapshot only, and there are newer ones: ${said.join(', ')}${newer.length > 5 ? ', and more' : ''}. Remove them first.`;
  throw new DomainError('baseline.not_newest', detail, { newer: newer.slice(0, 100) });
}

/** Proxmox VE allocates twice the memory and half a GiB for each VM whose memory it keeps. */
function memoryGiB(memoryMiB: number, nodes: number): number {
  return (2 * memoryMiB + 500 * nodes) / 1_024;
}
