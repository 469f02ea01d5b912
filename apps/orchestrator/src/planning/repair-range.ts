import { DomainError, repairOf, type NodeRepair } from '@orion/domain';
import { BaselineStore, DriftStore, type NetworkRow, type NodeRow, type SitePicture } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import type { NodeSpec } from './node-spec';
import { reserveRange, type ReservedRange } from './reserve-range';

interface KnownRange {
  readonly site: SitePicture;
  readonly nodes: readonly NodeRow<NodeSpec>[];
  readonly networks: readonly NetworkRow[];
}

export interface RepairedNodes extends ReservedRange {
  readonly repairs: ReadonlyMap<string, NodeRepair>;
}

/**
 * Decides from the site's last picture what each node of a range needs. Nodes whose id belongs to something else get
 * another one, those whose VM has moved the host where it is, and those whose VM is to be made count as planned. A range
 * of which nothing was reserved yet is reserved now. Throws like `reserveRange`; the caller holds the site's planning lock.
 */
export async function repairRange(
  work: JobWork,
  rangeId: string,
  { site, ...known }: KnownRange,
  installation: string,
): Promise<RepairedNodes> {
  const { nodes, networks } = known.nodes.length > 0 ? known : await reserveRange(work, rangeId, site, installation);
  const { siteId, tenantId } = work.job;
  const holder = { siteId, tenantId, rangeId };
  const held = await work.allocations.holdVmIds(
    holder,
    nodes.map(({ vmId }) => vmId),
  );
  const range = await work.steps.lockRange(rangeId);
  const compared = await new DriftStore(work.db).compareRange(rangeId, installation);
  const repairs = new Map(
    compared.map(({ vm, ...node }): [string, NodeRepair] => {
      const repair = repairOf(node, vm ?? undefined, range);
      return [node.name, repair.isMade && !held.has(node.vmId) ? { ...repair, needsOtherId: true } : repair];
    }),
  );

  const moving = nodes.filter(({ name }) => repairs.get(name)?.needsOtherId === true);
  const ids = await work.allocations.takeVmIds(holder, moving.length);
  if (ids.length < moving.length) {
    const detail = `The repair needs ${moving.length} VM ids; the site has ${ids.length} left.`;
    throw new DomainError('vmid.pool_exhausted', detail, { needed: moving.length, available: ids.length });
  }
  await work.allocations.releaseVmIds(
    siteId,
    moving.map(({ vmId }) => vmId).filter((vmId) => held.has(vmId)),
  );
  const idOf = new Map(moving.map(({ name }, index) => [name, ids[index]]));
  const replaced = nodes.flatMap((node): NodeRow<NodeSpec>[] => {
    const { isMade = false, livesOn = node.host } = repairs.get(node.name) ?? {};
    if (!isMade && livesOn === node.host) return [];
    return [{ ...node, host: livesOn, vmId: idOf.get(node.name) ?? node.vmId, ...(isMade && { state: 'planned' }) }];
  });
  await work.plan.replaceNodes(replaced);
  for (const [node, vmId] of idOf) work.tell('node.vm_id_changed', { node, vmId });
  const made = compared.filter(({ name }) => repairs.get(name)?.isMade === true).map(({ name }) => name);
  for (const baseline of await new BaselineStore(work.db).spoil(rangeId, made)) {
    work.tell('baseline.incomplete', { baseline, nodes: made });
  }
  const now = new Map(replaced.map((node) => [node.name, node]));
  return { nodes: nodes.map((node) => now.get(node.name) ?? node), networks, repairs };
}
