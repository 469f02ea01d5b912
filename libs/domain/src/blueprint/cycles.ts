/**
 * One cycle out of each strongly connected part of a graph, as the nodes along it. Tarjan's algorithm without recursion, so
 * that a long chain does not exhaust the stack; linear in nodes and edges.
 */
export function cyclesOf<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): N[][] {
  const order = new Map<N, number>();
  const low = new Map<N, number>();
  const open: N[] = [];
  const isOpen = new Set<N>();
  const cycles: N[][] = [];

  const enter = (node: N) => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, edges: next(node)[Symbol.iterator]() };
  };
  const lower = (node: N, to: number) => low.set(node, Math.min(low.get(node) as number, to));

  for (const root of nodes) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const { node, edges } = path.at(-1) as (typeof path)[number];
      const edge = edges.next();
      if (!edge.done) {
        if (!order.has(edge.value)) path.push(enter(edge.value));
        else if (isOpen.has(edge.value)) lower(node, order.get(edge.value) as number);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) lower(above.node, low.get(node) as number);
      if (low.get(node) !== order.get(node)) continue;
      const part = closePart(node, open, isOpen);
      if (part.size > 1) cycles.push(shortestCycle(node, part, next));
    }
  }
  return cycles;
}

/** Takes the nodes down to `root` off the stack: they form one strongly connected part. */
function closePart<N>(root: N, open: N[], isOpen: Set<N>): ReadonlySet<N> {
  const part = new Set<N>();
  while (!part.has(root)) {
    const member = open.pop() as N;
    isOpen.delete(member);
    part.add(member);
  }
  return part;
}

function shortestCycle<N>(start: N, part: ReadonlySet<N>, next: (node: N) => Iterable<N>): N[] {
  const cameFrom = new Map<N, N>();
  const queue = [start];
  for (const node of queue) {
    for (const to of next(node)) {
      if (to === start) {
        const cycle = [node];
        for (let at = node; at !== start;) cycle.push((at = cameFrom.get(at) as N));
        return cycle.reverse();
      }
      if (!part.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, node);
      queue.push(to);
    }
  }
  return [start];
}
