import type { StepKind } from '../jobs/step';
import { inDependencyOrder } from './dependency-order';
import { isLeaving, leavingName } from './leaving';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlanNode, type PlannedStep, type PlanRequest } from './planned-step';

/**
 * Every network is ensured; of the nodes only what differs is touched. What is left of a
 * change to another revision is removed. Stops go against the dependencies, starts along
 * them; a node is configured when its networks are there and its VM is made, and stopped where that needs it.
 */
export function planRepair(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const needs = ({ name }: PlanNode, kind: StepKind): boolean => request.repairs?.get(name)?.steps.has(kind) === true;
  const planned = (...keys: readonly string[]): readonly string[] => keys.filter((key) => plan.has(key));
  const ordered = inDependencyOrder(request.nodes.filter(({ name }) => !isLeaving(name)));

  for (const network of request.networks) plan.onSite('network.ensure', network, []);
  for (const node of request.nodes) if (needs(node, 'vm.destroy')) plan.onNode('vm.destroy', node, []);
  for (const node of ordered) if (needs(node, 'vm.clone')) plan.onNode('vm.clone', node, []);

  const stopsBefore = new Map<string, string[]>();
  for (const node of [...ordered].reverse()) {
    if (!needs(node, 'vm.stop')) continue;
    const before = [...planned(stepKey('vm.clone', node.name)), ...(stopsBefore.get(node.name) ?? [])];
    const stop = plan.onNode('vm.stop', node, before);
    for (const name of new Set(node.dependsOn)) stopsBefore.set(name, [...(stopsBefore.get(name) ?? []), stop]);
  }

  for (const node of ordered) {
    const own = (kind: StepKind): string => stepKey(kind, node.name);
    if (needs(node, 'vm.configure')) {
      const networks = [...new Set(node.networks)].map((name) => stepKey('network.ensure', name));
      plan.onNode('vm.configure', node, planned(own('vm.clone'), own('vm.stop'), ...networks));
    }
    if (!needs(node, 'vm.start')) continue;
    const others = [...new Set(node.dependsOn)].map((name) => stepKey('vm.ready', name));
    // Two VMs of one node have the same addresses.
    const twins = (['old', 'new'] as const).map((one) => stepKey('vm.destroy', leavingName(node.name, one)));
    const start = plan.onNode('vm.start', node, planned(own('vm.configure'), ...others, ...twins));
    plan.onNode('vm.ready', node, [start]);
  }
  return plan.build();
}
