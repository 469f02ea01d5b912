import type { StepKind } from '../jobs/step';
import { inDependencyOrder } from './dependency-order';
import { isLeaving, leavingName, nodeNameOf } from './leaving';
import { start } from './plan-baseline';
import { PlanBuilder } from './plan-builder';
import { stepKey, type PlannedStep, type PlanNode, type PlanRequest } from './planned-step';

/** What takes a range to another revision. */
export interface PlanApply {
  /** Nodes that get a VM: new ones, and those that are made anew. */
  readonly made: ReadonlySet<string>;
  /** Nodes whose VM gets another configuration. */
  readonly changed: ReadonlySet<string>;
  /** Nodes that run in the end. */
  readonly running: ReadonlySet<string>;
  /** Networks that only the other revision has, and that only the present one has. */
  readonly networksAdded: ReadonlySet<string>;
  readonly networksRemoved: ReadonlySet<string>;
}

/** `change`: can be taken back whole. `clear`: what is not needed any more is removed. */
const STAGES = [change, clear] as const;
export const APPLY_STAGES = STAGES.length;

type ApplyRequest = PlanRequest & { readonly apply: PlanApply };

/**
 * Changed VMs are stopped, kept in a snapshot, configured and started again. New ones are made beside those that they take
 * the place of, which are stopped and stay until everything else is done.
 */
export function planApply(request: PlanRequest): readonly PlannedStep[] {
  const { apply, stage = 1 } = request;
  if (apply === undefined) throw new Error('The plan has no revision to go to.');
  const plan = new PlanBuilder(request);
  STAGES[stage - 1]?.(plan, { ...request, apply });
  return plan.build();
}

function change(plan: PlanBuilder, { nodes, networks, apply }: ApplyRequest): void {
  const staying = inDependencyOrder(nodes.filter(({ name }) => !isLeaving(name)));
  for (const network of networks) if (!apply.networksRemoved.has(network)) plan.onSite('network.ensure', network, []);
  // Those that leave know of one another what the present revision says, the others what the next one says.
  stopAll(
    plan,
    leavingInOrder(nodes).filter(({ state }) => state === 'running'),
  );
  stopAll(
    plan,
    staying.filter(({ name }) => apply.changed.has(name)),
  );
  for (const node of staying) {
    const { name } = node;
    const ensured = [...new Set(node.networks)].map((network) => stepKey('network.ensure', network));
    let configured: string;
    if (apply.made.has(name))
      configured = plan.onNode('vm.configure', node, [plan.onNode('vm.clone', node, []), ...ensured]);
    else if (apply.changed.has(name)) {
      const kept = plan.onNode('vm.snapshot', node, [stepKey('vm.stop', name)]);
      configured = plan.onNode('vm.configure', node, [kept, ...ensured]);
    } else continue;
    // Two VMs of one node have the same addresses.
    const predecessor = [stepKey('vm.stop', leavingName(name, 'old'))].filter((key) => plan.has(key));
    if (apply.running.has(name)) start(plan, node, [configured, ...predecessor]);
  }
}

function clear(plan: PlanBuilder, { nodes, networks, apply }: ApplyRequest): void {
  const gone = nodes
    .filter(({ name, state }) => isLeaving(name) && state !== 'destroyed')
    .map((node) => plan.onNode('vm.destroy', node, []));
  for (const node of nodes) if (apply.changed.has(node.name)) plan.onNode('vm.unsnapshot', node, []);
  for (const network of networks) if (apply.networksRemoved.has(network)) plan.onSite('network.remove', network, gone);
}

/** A step of the way forward, and whether a command of it was ever sent. */
export interface PlannedBefore {
  readonly kind: StepKind;
  readonly subject: string;
  readonly sent: boolean;
}

/**
 * Takes back what was done of the first stage: what was made is removed, what was changed returns to its snapshot, and what
 * ran runs again. The rows are those of the present revision again, beside those of the VMs that were made.
 */
export function planApplyUndo(
  request: ApplyRequest & { readonly before: readonly PlannedBefore[] },
): readonly PlannedStep[] {
  const { apply, nodes, networks } = request;
  const plan = new PlanBuilder(request);
  const planned = new Set(request.before.map(({ kind, subject }) => stepKey(kind, subject)));
  const sent = new Set(request.before.filter((step) => step.sent).map(({ kind, subject }) => stepKey(kind, subject)));

  const gone: string[] = [];
  for (const node of leavingInOrder(nodes)) {
    if (sent.has(stepKey('vm.clone', nodeNameOf(node.name)))) gone.push(plan.onNode('vm.destroy', node, []));
  }
  for (const node of inDependencyOrder(nodes.filter(({ name }) => !isLeaving(name)))) {
    const { name } = node;
    const was = (kind: StepKind): boolean => sent.has(stepKey(kind, name));
    const replaced = stepKey('vm.stop', leavingName(name, 'old'));
    if (planned.has(replaced)) {
      const successor = [stepKey('vm.destroy', leavingName(name, 'new'))].filter((key) => plan.has(key));
      if (sent.has(replaced)) start(plan, node, successor);
    } else if (apply.changed.has(name) && was('vm.stop')) {
      const before = was('vm.configure') ? [plan.onNode('vm.rollback', node, [])] : [];
      const back = was('vm.snapshot') ? [plan.onNode('vm.unsnapshot', node, before)] : [];
      if (before.length > 0) gone.push(...before);
      if (planned.has(stepKey('vm.start', name))) start(plan, node, back);
    }
  }
  for (const network of networks) {
    if (apply.networksAdded.has(network) && sent.has(stepKey('network.ensure', network))) {
      plan.onSite('network.remove', network, gone);
    }
  }
  return plan.build();
}

/** Each is stopped after those that depend on it. */
function stopAll(plan: PlanBuilder, ordered: readonly PlanNode[]): void {
  const stopsBefore = new Map<string, string[]>();
  for (const node of [...ordered].reverse()) {
    const stop = plan.onNode('vm.stop', node, stopsBefore.get(nodeNameOf(node.name)) ?? []);
    for (const name of new Set(node.dependsOn)) stopsBefore.set(name, [...(stopsBefore.get(name) ?? []), stop]);
  }
}

/** They know one another by the names of their nodes, and may depend on nodes that stay. */
function leavingInOrder(nodes: readonly PlanNode[]): readonly PlanNode[] {
  const rows = new Map(nodes.filter(({ name }) => isLeaving(name)).map((node) => [nodeNameOf(node.name), node]));
  const named = [...rows].map(([name, { dependsOn }]) => ({
    name,
    dependsOn: dependsOn.filter((other) => rows.has(other)),
  }));
  return inDependencyOrder(named).map(({ name }) => rows.get(name) as PlanNode);
}
