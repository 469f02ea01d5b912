import type { StepKind } from '../jobs/step';
import { inDependencyOrder } from './dependency-order';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlanBaseline, type PlanNode, type PlannedStep, type PlanRequest } from './planned-step';

/**
 * The stages of a baseline. Nothing of a later one begins before all of an earlier one is done, so that no node works again
 * before the last one is halted: what the snapshots hold is one cut of the whole range.
 */
const STAGES = { disk: [halt, wake], memory: [suspend, keepMemory, wake] } as const;

/** How many stages a baseline of this mode takes. */
export function baselineStages({ mode }: Pick<PlanBaseline, 'mode'>): number {
  return STAGES[mode].length;
}

export function planBaseline(request: PlanRequest): readonly PlannedStep[] {
  const { stage = 1 } = request;
  const baseline = baselineOf(request);
  const plan = new PlanBuilder(request);
  STAGES[baseline.mode][stage - 1]?.(plan, request.nodes, baseline);
  return plan.build();
}

/** Removes the snapshots of a baseline. */
export function planBaselineRemoval(request: PlanRequest): readonly PlannedStep[] {
  const plan = new PlanBuilder(request);
  for (const node of request.nodes) if (node.state !== 'destroyed') plan.onNode('vm.unsnapshot', node, []);
  return plan.build();
}

/** Leaves nothing of a baseline that was not finished, and the nodes as they were before. */
export function planBaselineUndo(
  request: PlanRequest & { readonly sent: Iterable<{ readonly kind: StepKind; readonly subject: string }> },
): readonly PlannedStep[] {
  const baseline = baselineOf(request);
  const sent = new Set([...request.sent].map(({ kind, subject }) => stepKey(kind, subject)));
  const plan = new PlanBuilder(request);
  for (const node of inDependencyOrder(request.nodes)) {
    const wasSent = (kind: StepKind): boolean => sent.has(stepKey(kind, node.name));
    const removed = wasSent('vm.snapshot') ? [plan.onNode('vm.unsnapshot', node, [])] : [];
    if (!runs(baseline, node)) continue;
    if (wasSent('vm.suspend')) plan.onNode('vm.resume', node, removed);
    else if (wasSent('vm.stop')) start(plan, node, removed);
  }
  return plan.build();
}

/** Each node is stopped after those that depend on it, and kept as soon as it is. One that should be stopped is looked at. */
function halt(plan: PlanBuilder, nodes: readonly PlanNode[]): void {
  const stopsBefore = new Map<string, string[]>();
  for (const node of [...inDependencyOrder(nodes)].reverse()) {
    const stop = plan.onNode('vm.stop', node, stopsBefore.get(node.name) ?? []);
    for (const name of new Set(node.dependsOn)) stopsBefore.set(name, [...(stopsBefore.get(name) ?? []), stop]);
    plan.onNode('vm.snapshot', node, [stop]);
  }
}

function suspend(plan: PlanBuilder, nodes: readonly PlanNode[], baseline: PlanBaseline): void {
  for (const node of nodes) if (runs(baseline, node)) plan.onNode('vm.suspend', node, []);
}

function keepMemory(plan: PlanBuilder, nodes: readonly PlanNode[]): void {
  for (const node of nodes) plan.onNode('vm.snapshot', node, []);
}

/** Everything runs again that ran before, and is looked at. */
function wake(plan: PlanBuilder, nodes: readonly PlanNode[], baseline: PlanBaseline): void {
  for (const node of inDependencyOrder(nodes)) {
    if (!runs(baseline, node)) plan.onNode('vm.inspect', node, []);
    else if (baseline.mode === 'disk') plan.onNode('vm.inspect', node, [start(plan, node, [])]);
    else {
      const ready = plan.onNode('vm.ready', node, [plan.onNode('vm.resume', node, [])]);
      plan.onNode('vm.inspect', node, [plan.onNode('vm.clock', node, [ready])]);
    }
  }
}

/** Starts a node when it may and those that it depends on are ready; answers the step after which it is ready itself. */
export function start(plan: PlanBuilder, node: PlanNode, after: readonly string[]): string {
  const others = [...new Set(node.dependsOn)].map((name) => stepKey('vm.ready', name)).filter((key) => plan.has(key));
  return plan.onNode('vm.ready', node, [plan.onNode('vm.start', node, [...after, ...others])]);
}

export function runs(baseline: PlanBaseline, { name }: PlanNode): boolean {
  return baseline.power.get(name) === 'running';
}

export function baselineOf({ baseline }: PlanRequest): PlanBaseline {
  if (baseline === undefined) throw new Error('The plan has no baseline.');
  return baseline;
}
