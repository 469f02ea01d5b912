import type { BlueprintView, NodeView } from '../blueprint-view';
import { LIMITS } from '../limits';
import { didYouMean } from '../nearest-name';
import type { Path } from '../problems';
import { quote } from '../wording';
import { cyclesOf } from '../cycles';
import type { Rule } from './rule';

interface Dependency {
  readonly on: NodeView | undefined;
  readonly name: string;
  readonly path: Path;
}

export const dependenciesExist: Rule = function* (view) {
  const numbersKnown = view.nodeCount <= LIMITS.nodes;
  for (const node of view.nodes) {
    const seen = new Set<string>();
    for (const { on, name, path } of dependenciesOf(node, view)) {
      if (on === undefined && !view.damaged.nodes && numbersKnown) {
        const hint = didYouMean(name, view.nodeByName.keys());
        const message = `The blueprint has no node ${quote(name)}.`;
        yield { code: 'dependency.unknown', path, message, ...(hint === undefined ? {} : { hint }) };
      } else if (on === node) {
        yield { code: 'dependency.self', path, message: `The node ${quote(node.name ?? '')} depends on itself.` };
      } else if (seen.has(name)) {
        yield { code: 'dependency.duplicate', path, message: `${quote(name)} is named above already.` };
      }
      seen.add(name);
    }
  }
};

/**
 * One finding for each knot of nodes that wait for each other. Entries stand for their nodes: all nodes of a group have the
 * same dependencies, so a circle of entries is one of nodes as well.
 */
export const dependenciesHaveNoCycle: Rule = function* (view) {
  const next = new Map<NodeView, Map<NodeView, Path>>();
  for (const node of view.nodes) {
    const edges = new Map<NodeView, Path>();
    for (const { on, path } of dependenciesOf(node, view)) {
      if (on && on !== node && !edges.has(on)) edges.set(on, path);
    }
    next.set(node, edges);
  }
  for (const cycle of cyclesOf(view.nodes, (node) => next.get(node)?.keys() ?? [])) {
    const [first, second] = cycle as [NodeView, NodeView, ...NodeView[]];
    const names = cycle.map((node) => node.name ?? '');
    const shown = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
    yield {
      code: 'dependency.cycle',
      path: next.get(first)?.get(second) ?? ['nodes', first.index, 'dependsOn'],
      message: `These nodes wait for each other: ${[...shown, names[0]].join(' → ')}.`,
    };
  }
};

export const dependenciesAreFewEnough: Rule = function* (view) {
  let total = 0;
  for (const node of view.nodes) {
    for (const { on, name } of dependenciesOf(node, view)) total += node.count * (on?.name === name ? on.count : 1);
  }
  if (total <= LIMITS.dependencies) return;
  const message = `The nodes have ${total} dependencies on each other; at most ${LIMITS.dependencies} are possible.`;
  yield { code: 'limit.dependencies', path: ['nodes'], message };
};

function* dependenciesOf(node: NodeView, view: BlueprintView): Iterable<Dependency> {
  const names = node.draft.dependsOn ?? [];
  for (const [index, name] of names.entries()) {
    if (name === null) continue;
    yield { on: view.nodeByName.get(name), name, path: ['nodes', node.index, 'dependsOn', index] };
  }
}
