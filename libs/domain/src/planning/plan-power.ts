import { DomainError } from '../errors';
import { inDependencyOrder } from './dependency-order';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlanNode, type PlannedStep, type PlanRequest } from './planned-step';

/*
 * Whether a node runs is looked up where it runs, by the step itself: what its row says may be older than a restart of its
 * host. Starting what runs, and stopping what does not, is a look and a success.
 */

/** Starts every node, in dependency order. */
export function planRangeStart(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  for (const node of inDependencyOrder(request.nodes)) {
    if (node.state === 'destroyed') continue;
    const others = [...new Set(node.dependsOn)].map((name) => stepKey('vm.ready', name)).filter((key) => plan.has(key));
    plan.onNode('vm.ready', node, [plan.onNode('vm.start', node, others)]);
  }
  return plan.build();
}

/** Stops every node, each after those that depend on it. */
export function planRangeStop(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const stopsBefore = new Map<string, string[]>();
  for (const node of [...inDependencyOrder(request.nodes)].reverse()) {
    if (node.state === 'destroyed') continue;
    const stop = plan.onNode('vm.stop', node, stopsBefore.get(node.name) ?? []);
    for (const name of new Set(node.dependsOn)) {
      const stops = stopsBefore.get(name);
      if (stops) stops.push(stop);
      else stopsBefore.set(name, [stop]);
    }
  }
  return plan.build();
}

/** Starts one node; those that it depends on are left as they are. */
export function planNodeStart(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const node = theNode(request);
  plan.onNode('vm.ready', node, [plan.onNode('vm.start', node, [])]);
  return plan.build();
}

/** Stops one node; those that depend on it are left as they are. */
export function planNodeStop(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  const node = theNode(request);
  plan.onNode('vm.stop', node, []);
  return plan.build();
}

export function planNodeSnapshot(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  plan.onNode('vm.snapshot', theNode(request), []);
  return plan.build();
}

function theNode(request: PlanRequest): PlanNode {
  const node = request.nodes.find(({ name, state }) => name === request.node && state !== 'destroyed');
  if (node === undefined)
    throw new DomainError('node.not_found', `The range has no node ${request.node ?? '(none named)'}.`);
  return node;
}
