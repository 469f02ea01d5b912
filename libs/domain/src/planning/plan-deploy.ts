import { inDependencyOrder } from './dependency-order';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlannedStep, type PlanRequest } from './planned-step';

/**
 * Every network, and per node clone, configure, start, ready. Clones wait for nothing; a node is configured when its
 * networks are there, and started when the nodes that it depends on are ready.
 */
export function planDeploy(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  for (const network of request.networks) plan.onSite('network.ensure', network, []);
  for (const node of inDependencyOrder(request.nodes)) {
    const clone = plan.onNode('vm.clone', node, []);
    const networks = [...new Set(node.networks)].map((name) => stepKey('network.ensure', name));
    const configure = plan.onNode('vm.configure', node, [clone, ...networks]);
    const others = [...new Set(node.dependsOn)].map((name) => stepKey('vm.ready', name));
    const start = plan.onNode('vm.start', node, [configure, ...others]);
    plan.onNode('vm.ready', node, [start]);
  }
  return plan.build();
}
