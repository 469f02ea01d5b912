import {
  applyOf,
  assertNone,
  fitRange,
  isLeaving,
  leavingName,
  namesMadeAnew,
  nodeNameOf,
  nodeSpec,
  revisionDifferences,
  roomForApply,
  type NormalisedBlueprint,
  type PlanApply,
  type RevisionDifferences,
} from '@orion/domain';
import type { NodeRow, SitePicture } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import type { BaselineSnapshot } from './command-payloads';
import type { NodeSpec } from './node-spec';
import {
  hardwareOf,
  nodeRows,
  reserveNetworks,
  reserveVmIds,
  settingsOf,
  type ReservedRange,
  type Whose,
} from './reserve-range';

type Row = NodeRow<NodeSpec>;

interface KnownRange extends ReservedRange {
  readonly site: SitePicture;
}

export interface AppliedRange extends ReservedRange {
  readonly apply: PlanApply;
}

/** The two revisions of an apply. */
interface Revisions {
  readonly before: NormalisedBlueprint;
  readonly after: NormalisedBlueprint;
  readonly differences: RevisionDifferences;
  readonly whose: Whose;
  /** The rows are those of the other revision: then so is the range's. */
  readonly laid: boolean;
}

/**
 * Makes the rows of a range those of another revision: nodes that stay are told what it says, those that get a VM take a
 * place and an id beside what they take the place of, and what will be gone is named so. Once that is done it is not done
 * again. Throws like `reserveRange`, before anything is touched; the caller holds the site's planning lock.
 */
export async function applyRange(
  work: JobWork,
  rangeId: string,
  { site, ...known }: KnownRange,
  installation: string,
): Promise<AppliedRange> {
  const revisions = await revisionsOf(work, rangeId, installation);
  const laid = revisions.laid ? known : await lay(work, rangeId, { site, ...known }, revisions);
  const { desired } = await work.steps.lockRange(rangeId);
  return {
    ...laid,
    apply: applyOf(revisions.differences, running(known.nodes), desired === 'stopped' ? 'stopped' : 'running'),
  };
}

/** What takes the range of a job to another revision, while its rows are on the way there or back. */
export async function applyOfJob(work: JobWork, rangeId: string, nodes: readonly Row[]): Promise<PlanApply> {
  const { differences } = await revisionsOf(work, rangeId, '');
  return applyOf(differences, running(nodes), 'running');
}

/**
 * Makes the rows those of the present revision again; what was made for the other one is named as what will be gone. Changes
 * nothing of a range whose rows were never changed.
 */
export async function turnBack(work: JobWork, rangeId: string, installation: string): Promise<void> {
  const [revisions, nodes, networks] = await Promise.all([
    revisionsOf(work, rangeId, installation),
    work.plan.nodes(rangeId),
    work.plan.networks(rangeId),
  ]);
  const { before, differences } = revisions;
  if (!revisions.laid) return;
  const made = new Set([...differences.nodes.added, ...namesMadeAnew(differences)]);
  await work.plan.rewriteNodes(
    nodes.filter(({ name }) => made.has(name)).map((row) => ({ ...row, name: leavingName(row.name, 'new') })),
  );
  await work.plan.rewriteNodes(
    nodes.filter(({ name }) => isLeaving(name)).map((row) => ({ ...row, name: nodeNameOf(row.name) })),
  );
  const stays = nodes.filter(({ name }) => !isLeaving(name) && !made.has(name));
  await work.plan.rewriteNodes(saidOf(stays, before, revisions.whose));
  await work.plan.rewriteNetworks(rewritten(networks, before));
  await work.plan.setRevision(rangeId, Number(work.job.params['from']));
}

/** Forgets what is gone: VMs that were to go, and networks that the range's revision does not have. */
export async function forgetGone(work: JobWork, rangeId: string): Promise<void> {
  const { normalised } = await work.plan.revision(rangeId);
  const names = new Set((normalised as NormalisedBlueprint).networks.map(({ name }) => name));
  const [nodes, networks] = await Promise.all([work.plan.nodes(rangeId), work.plan.networks(rangeId)]);
  await work.plan.dropNodes(nodes.filter(({ name }) => isLeaving(name)).map(({ id }) => id));
  await work.plan.dropNetworks(networks.filter(({ name }) => !names.has(name)).map(({ id }) => id));
}

/** The snapshot that VMs return to when their range cannot be taken to another revision. */
export function safetySnapshot({ id, params }: JobWork['job']): BaselineSnapshot {
  return {
    snapshot: `orion-apply-${id.slice(-12)}`,
    description: `Before revision ${String(params['revision'])} (job ${id}) of Orion Range.`,
    withMemory: new Set(),
  };
}

async function revisionsOf({ job, plan }: JobWork, rangeId: string, installation: string): Promise<Revisions> {
  const [from, revision] = [Number(job.params['from']), Number(job.params['revision'])];
  const known = await plan.revisions(rangeId, from, revision);
  const [before, after] = [known.before as NormalisedBlueprint, known.after as NormalisedBlueprint];
  const whose = { installation, tenantId: job.tenantId, range: known.rangeName };
  const laid = from !== revision && known.revision === revision;
  return { before, after, differences: revisionDifferences(before, after), whose, laid };
}

async function lay(
  work: JobWork,
  rangeId: string,
  { site, nodes, networks }: KnownRange,
  { before, after, differences, whose }: Revisions,
): Promise<ReservedRange> {
  const holder = { siteId: work.job.siteId, tenantId: work.job.tenantId, rangeId };
  const owner = { ...holder, jobId: work.job.id };
  const held = nodes.map(({ name, host, memoryMiB, state }) => ({
    name,
    host,
    memoryMiB,
    running: state === 'running',
  }));
  const room = roomForApply(before, after, held, site);
  const fit = fitRange({ networks: after.networks, nodes: room.made }, room.site);
  assertNone([...fit.refusals, ...room.refusals]);

  const made = new Set(room.made.map(({ name }) => name));
  const vmIds = await reserveVmIds(work, holder, made.size);
  const newNetworks = new Set(differences.networks.added);
  const added = await reserveNetworks(
    work,
    holder,
    site,
    after.networks.filter(({ name }) => newNetworks.has(name)),
  );
  const gone = new Set([...differences.nodes.removed, ...namesMadeAnew(differences)]);
  const leaving = nodes
    .filter(({ name }) => gone.has(name))
    .map((row) => ({ ...row, name: leavingName(row.name, 'old') }));
  const staying = saidOf(
    nodes.filter(({ name }) => !gone.has(name)),
    after,
    whose,
  );
  const kept = rewritten(networks, after);
  const fresh = nodeRows(after, { placements: fit.placements, vmIds, site, whose }, made);
  await work.plan.addNetworks(owner, added);
  await work.plan.rewriteNetworks(kept);
  await work.plan.rewriteNodes(leaving);
  await work.plan.rewriteNodes(staying);
  await work.plan.addNodes(owner, fresh);
  await work.plan.setRevision(rangeId, Number(work.job.params['revision']));
  return { nodes: [...staying, ...fresh, ...leaving], networks: [...kept, ...added] };
}

/** Rows of nodes that keep their VM, as a revision says. */
function saidOf(rows: readonly Row[], revision: NormalisedBlueprint, whose: Whose): readonly Row[] {
  const said = new Map(revision.nodes.map((node, ordinal) => [node.name, { node, ordinal }]));
  return rows.flatMap((row) => {
    const found = said.get(row.name);
    if (found === undefined) return [];
    const { node, ordinal } = found;
    const { host, storage, spec } = row;
    const place = { ...spec, node: row.name, host, storage, diskGiB: spec.diskGiB ?? 0 };
    return {
      ...row,
      ordinal,
      ...hardwareOf(node, revision.networks, whose),
      spec: nodeSpec(node, place, spec.guestAgent),
    };
  });
}

function rewritten(networks: ReservedRange['networks'], revision: NormalisedBlueprint): ReservedRange['networks'] {
  const said = new Map(revision.networks.map((network) => [network.name, network]));
  return networks.map((row) => {
    const network = said.get(row.name);
    return network === undefined ? row : { ...row, ...settingsOf(network) };
  });
}

/** Nodes that run, whichever of their VMs does. */
function running(nodes: readonly Row[]): ReadonlySet<string> {
  return new Set(nodes.filter(({ state }) => state === 'running').map(({ name }) => nodeNameOf(name)));
}
