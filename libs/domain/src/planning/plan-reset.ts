import { baselineOf, runs, start } from './plan-baseline';
import { inDependencyOrder } from './dependency-order';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlannedStep, type PlanRequest } from './planned-step';

/**
 * Returns nodes to their baseline and looks whether they are there: every network is ensured; each node is rolled back and,
 * when it ran, started after those that it depends on, or resumed with its memory by the rollback itself; then it is
 * inspected, and probed when the nodes that probe it are ready. `only` narrows the nodes.
 */
export function planReset(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const baseline = baselineOf(request);
  const networks = request.networks.map((network) => plan.onSite('network.ensure', network, []));
  const nodes = inDependencyOrder(request.nodes).filter(({ name }) => request.only?.has(name) ?? true);
  for (const node of nodes) {
    if (!runs(baseline, node)) plan.onNode('vm.inspect', node, [plan.onNode('vm.rollback', node, [])]);
    else if (baseline.mode === 'disk') {
      const rolledBack = plan.onNode('vm.rollback', node, []);
      plan.onNode('vm.inspect', node, [start(plan, node, [rolledBack, ...networks])]);
    } else {
      // A VM that comes back with its memory talks at once.
      const ready = plan.onNode('vm.ready', node, [plan.onNode('vm.rollback', node, networks)]);
      plan.onNode('vm.inspect', node, [plan.onNode('vm.clock', node, [ready])]);
    }
  }
  for (const node of nodes) {
    const { probedFrom } = node;
    if (probedFrom === undefined || !runs(baseline, node)) continue;
    const ready = probedFrom.map((name) => stepKey('vm.ready', name)).filter((key) => plan.has(key));
    plan.onNode('vm.probe', node, [stepKey('vm.inspect', node.name), ...new Set(ready)]);
  }
  return plan.build();
}
