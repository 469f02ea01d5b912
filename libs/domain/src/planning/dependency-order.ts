import { DomainError } from '../errors';
import type { PlanNode } from './planned-step';

/**
 * The nodes, each after those that it depends on; otherwise in the order given.
 * A cycle or an unknown name is `blueprint.invalid`: validation has refused it before, so that it means a damaged row.
 */
export function inDependencyOrder<N extends Pick<PlanNode, 'name' | 'dependsOn'>>(nodes: readonly N[]): readonly N[] {
  const indexOf = new Map(nodes.map((node, index) => [node.name, index]));
  const waitingOn = new Array<number>(nodes.length).fill(0);
  const dependents: number[][] = nodes.map(() => []);
  nodes.forEach((node, index) => {
    for (const name of new Set(node.dependsOn)) {
      const dependency = indexOf.get(name);
      if (dependency === undefined) {
        throw new DomainError('blueprint.invalid', `Node ${node.name} depends on ${name}, which does not exist.`);
      }
      dependents[dependency]?.push(index);
      waitingOn[index] = (waitingOn[index] ?? 0) + 1;
    }
  });

  const order = [...nodes.keys()].filter((index) => waitingOn[index] === 0);
  for (let i = 0; i < order.length; i++) {
    for (const dependent of dependents[order[i] as number] as number[]) {
      const left = (waitingOn[dependent] as number) - 1;
      waitingOn[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  if (order.length < nodes.length) {
    const stuck = nodes.filter((_, index) => (waitingOn[index] as number) > 0).map((node) => node.name);
    throw new DomainError(
      'blueprint.invalid',
      `These nodes depend on each other in a circle: ${stuck.slice(0, 10).join(', ')}.`,
    );
  }
  return order.map((index) => nodes[index] as N);
}
