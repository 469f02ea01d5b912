import { poolRefusal } from '../placement';
import { APPLY_STAGES, leavingName, planApply, storageSlotOf, type PlanNode } from '../planning';
import { estimatePlan, timesFrom } from '../scheduling';
import { applyOf, namesMadeAnew, roomForApply, type HeldNode, type RevisionOfRange } from './apply-room';
import type { Forecast, NodeForecast, SiteAhead } from './forecast';
import { forecastDeploy } from './forecast-deploy';
import type { RevisionDifferences } from './revision-differences';

/** A node that the range has, with the storage of its disk. */
export interface HeldDisk extends HeldNode {
  readonly storage: string;
  readonly storageShared: boolean;
}

export interface ApplyForecast extends Forecast {
  readonly differences: RevisionDifferences;
}

/**
 * What bringing a range from one revision to another would change. Nodes that are new or made anew are placed as a deploy
 * places them, on what is free once those that go have gone; nodes that grow need the room on the host where they are.
 */
export function forecastApply(
  before: RevisionOfRange,
  after: RevisionOfRange,
  held: readonly HeldDisk[],
  desired: 'running' | 'stopped',
  site: SiteAhead,
): ApplyForecast {
  const { differences, made, site: left, refusals } = roomForApply(before, after, held, site);
  const unlimited = { ...left, vmIdsFree: Infinity, networksFree: Infinity };
  const deploy = forecastDeploy({ networks: after.networks, nodes: made }, unlimited);
  const networks = new Set(differences.networks.added);
  const pools = [
    poolRefusal('vmid.pool_exhausted', 'VM ids', made.length, site.vmIdsFree),
    poolRefusal('network.pool_exhausted', 'VLAN tags', networks.size, site.networksFree),
  ];
  const reasons = [...deploy.reasons, ...refusals, ...pools.filter((refusal) => refusal !== undefined)];
  const ran = new Set(held.filter(({ running }) => running).map(({ name }) => name));
  const shared = new Set(deploy.needs.storages.flatMap(({ storage, host }) => (host === null ? [storage] : [])));
  const places = new Map<string, Place>([
    ...held.map((node) => [node.name, placeOf(node, node.storageShared)] as const),
    ...deploy.nodes.map((node) => [node.name, placeOf(node, shared.has(node.storage))] as const),
  ]);
  const present = new Map(held.map((node) => [node.name, placeOf(node, node.storageShared)]));
  const gone = new Set([...differences.nodes.removed, ...namesMadeAnew(differences)]);
  const leaving = before.nodes.filter(({ name }) => gone.has(name));
  const request = {
    nodes: [
      ...planNodes(after, places),
      ...planNodes({ nodes: leaving }, present).map((node) => ({ ...node, name: leavingName(node.name, 'old') })),
    ],
    networks: [...new Set([...before.networks, ...after.networks].map(({ name }) => name))],
    apply: applyOf(differences, ran, desired),
    timesOf: timesFrom(site.measured),
    slots: site.slots,
  };
  const stages = Array.from({ length: APPLY_STAGES }, (_, index) => planApply({ ...request, stage: index + 1 }));
  return {
    differences,
    nodes: deploy.nodes,
    networks: deploy.networks.filter(({ name }) => networks.has(name)),
    needs: {
      ...deploy.needs,
      vmIds: { needed: made.length, free: Math.max(0, site.vmIdsFree) },
      networks: { needed: networks.size, free: Math.max(0, site.networksFree) },
    },
    steps: stages.reduce((sum, steps) => sum + steps.length, 0),
    expectedMs: reasons.length > 0 ? null : stages.reduce((sum, steps) => sum + estimatePlan(steps, site.slots), 0),
    reasons,
  };
}

type Place = Pick<PlanNode, 'host' | 'storage' | 'state' | 'fullClone'>;

function placeOf(node: HeldDisk | NodeForecast, shared: boolean): Place {
  return {
    host: node.host,
    storage: storageSlotOf(node.storage, shared, node.host),
    state: 'running' in node && !node.running ? 'stopped' : 'running',
    ...('cloneMode' in node && { fullClone: node.cloneMode === 'full' }),
  };
}

/** As the planner reads them. What has no place is left out. */
function planNodes({ nodes }: Pick<RevisionOfRange, 'nodes'>, places: ReadonlyMap<string, Place>): readonly PlanNode[] {
  const known = new Set(nodes.map(({ name }) => name).filter((name) => places.has(name)));
  return nodes.flatMap(({ name, dependsOn, interfaces, readiness }) => {
    const place = places.get(name);
    if (place === undefined) return [];
    return {
      ...{ name, ...place, dependsOn: dependsOn.filter((other) => known.has(other)) },
      networks: interfaces.map(({ network }) => network),
      readyTimeoutMs: readiness.timeoutSeconds * 1_000,
    };
  });
}
