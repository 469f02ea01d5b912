import { PlanBuilder } from './plan-builder';
import type { PlanNode, PlannedStep, PlanRequest } from './planned-step';
import type { StepKind } from '../jobs/step';

/** Removes every node that is not destroyed yet, then each network after the last of its nodes. */
export function planDestroy(request: PlanRequest): readonly PlannedStep[] {
  const standing = request.nodes.filter((node) => node.state !== 'destroyed');
  return removal(request, standing, request.networks);
}

/**
 * Removes exactly what a deploy made: the nodes whose clone and the networks whose ensuring was ever sent.
 * A command that was sent may have had its effect, whatever became of its answer.
 */
export function planCompensation(
  request: PlanRequest & { readonly sent: Iterable<{ readonly kind: StepKind; readonly subject: string }> },
): readonly PlannedStep[] {
  const cloned = new Set<string>();
  const ensured = new Set<string>();
  for (const { kind, subject } of request.sent) {
    if (kind === 'vm.clone') cloned.add(subject);
    if (kind === 'network.ensure') ensured.add(subject);
  }
  return removal(
    request,
    request.nodes.filter((node) => cloned.has(node.name) && node.state !== 'destroyed'),
    request.networks.filter((network) => ensured.has(network)),
  );
}

function removal(
  request: PlanRequest,
  nodes: readonly PlanNode[],
  networks: readonly string[],
): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const nodesOn = new Map<string, string[]>(networks.map((network) => [network, []]));
  for (const node of nodes) {
    const destroy = plan.onNode('vm.destroy', node, []);
    for (const network of new Set(node.networks)) nodesOn.get(network)?.push(destroy);
  }
  for (const [network, destroys] of nodesOn) plan.onSite('network.remove', network, destroys);
  return plan.build();
}
