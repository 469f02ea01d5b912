import type { NormalisedBlueprint, NormalisedNode } from '../blueprint/normalised-blueprint';
import { fitRange, placementRequest, poolRefusal, type Placement } from '../placement';
import { SiteRoom } from '../placement/site-room';
import { nodeSpec, planDeploy, planNode, storageSlotOf, type PlanNode } from '../planning';
import { estimatePlan, timesFrom } from '../scheduling';
import type { Forecast, Needs, NodeForecast, SiteAhead } from './forecast';

/**
 * What a deploy of a blueprint would do at a site as it was last seen: the places that the deploy would choose, by the same
 * function, and every reason for which it would fail.
 */
export function forecastDeploy(blueprint: Pick<NormalisedBlueprint, 'networks' | 'nodes'>, site: SiteAhead): Forecast {
  const { placements, refusals } = fitRange(blueprint, site);
  const placed = new Map(placements.map((placement) => [placement.node, placement]));
  const pools = [
    poolRefusal('vmid.pool_exhausted', 'VM ids', blueprint.nodes.length, site.vmIdsFree),
    poolRefusal('network.pool_exhausted', 'VLAN tags', blueprint.networks.length, site.networksFree),
  ];
  const reasons = [...refusals, ...pools.filter((refusal) => refusal !== undefined)];
  const nodes = blueprint.nodes.flatMap((node) => {
    const placement = placed.get(node.name);
    return placement ? [forecastNode(node, placement)] : [];
  });
  const steps = planDeploy({
    nodes: blueprint.nodes.flatMap((node) => {
      const placement = placed.get(node.name);
      return placement ? [plannedNode(node, placement, placed)] : [];
    }),
    networks: blueprint.networks.map(({ name }) => name),
    timesOf: timesFrom(site.measured),
    slots: site.slots,
  });
  return {
    nodes,
    networks: blueprint.networks.map(({ name, cidr, gateway = null, egress }) => ({
      ...{ name, cidr, gateway, egress, mode: site.networkMode },
      bridge: site.networkMode === 'vlan' ? site.bridge : null,
    })),
    needs: needsOf(nodes, blueprint, placed, site),
    steps: steps.length,
    expectedMs: reasons.length > 0 ? null : estimatePlan(steps, site.slots),
    reasons,
  };
}

function forecastNode(node: NormalisedNode, placement: Placement): NodeForecast {
  const { host, storage, templateVmId, templateHost, mode: cloneMode, diskGiB } = placement;
  const { name, template, resources, interfaces } = node;
  return {
    ...{ name, host, storage, template, templateVmId, templateHost, cloneMode, diskGiB },
    cpus: resources.cpus,
    memoryMiB: resources.memoryMiB,
    interfaces: interfaces.map(({ network, address }) => ({ network, address })),
  };
}

/** As the planner of the deploy reads it. What it depends on and has no place is left out. */
function plannedNode(node: NormalisedNode, placement: Placement, placed: ReadonlyMap<string, Placement>): PlanNode {
  const { host, storage } = placement;
  const spec = nodeSpec(node, placement, node.readiness.guestAgent);
  const dependsOn = node.dependsOn.filter((name) => placed.has(name));
  return planNode({ ...node, state: 'planned', host, storage, spec: { ...spec, dependsOn } });
}

function needsOf(
  nodes: readonly NodeForecast[],
  blueprint: Pick<NormalisedBlueprint, 'networks' | 'nodes'>,
  placed: ReadonlyMap<string, Placement>,
  site: SiteAhead,
): Needs {
  const room = new SiteRoom(placementRequest([], site));
  const hosts = new Map<string, { nodes: number; memoryMiB: number; cpus: number }>();
  const storages = new Map<string, { nodes: number; storage: string; host: string | null; diskGiB: number }>();
  for (const { name, host, storage, memoryMiB, cpus, diskGiB } of nodes) {
    const ofHost = hosts.get(host) ?? { nodes: 0, memoryMiB: 0, cpus: 0 };
    hosts.set(host, { nodes: ofHost.nodes + 1, memoryMiB: ofHost.memoryMiB + memoryMiB, cpus: ofHost.cpus + cpus });
    const shared = placed.get(name)?.storageShared === true;
    const key = storageSlotOf(storage, shared, host);
    const on = storages.get(key) ?? { nodes: 0, storage, host: shared ? null : host, diskGiB: 0 };
    storages.set(key, { ...on, nodes: on.nodes + 1, diskGiB: on.diskGiB + diskGiB });
  }
  const cpusOf = new Map(site.hosts.map(({ name, cpus }) => [name, cpus]));
  return {
    vmIds: { needed: blueprint.nodes.length, free: Math.max(0, site.vmIdsFree) },
    networks: { needed: blueprint.networks.length, free: Math.max(0, site.networksFree) },
    hosts: [...hosts].map(([host, needed]) => ({
      host,
      nodes: needed.nodes,
      memoryMiB: { needed: needed.memoryMiB, free: room.memoryOf(host) },
      cpus: { needed: needed.cpus, ofHost: cpusOf.get(host) ?? 0 },
    })),
    storages: [...storages].map(([key, { nodes: count, storage, host, diskGiB }]) => ({
      ...{ storage, host, nodes: count },
      diskGiB: { needed: diskGiB, free: room.diskOf(key) },
    })),
  };
}
