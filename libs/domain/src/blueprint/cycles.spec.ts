import * as fc from 'fast-check';
import { cyclesOf } from './cycles';

const cyclesIn = (graph: Readonly<Record<number, readonly number[]>>, size: number) =>
  cyclesOf([...Array(size).keys()], (node) => graph[node] ?? []);

test('one cycle is told for each knot', () => {
  expect(cyclesIn({ 0: [1], 1: [2], 2: [0, 1], 3: [4], 4: [3], 5: [0, 3] }, 6)).toHaveLength(2);
});

test('a chain of a hundred thousand has none, and does not exhaust the stack', () => {
  const size = 100_000;
  const nodes = [...Array(size).keys()];

  expect(cyclesOf(nodes, (node) => (node + 1 < size ? [node + 1] : []))).toEqual([]);
  expect(cyclesOf(nodes, (node) => [(node + 1) % size])[0]).toHaveLength(size);
});

test('what is told is a cycle, and nothing is told of a graph without', () => {
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const next = (node: number) => pairs.filter(([from, to]) => from === node && to !== node).map(([, to]) => to);
      for (const cycle of cyclesOf([...Array(10).keys()], next)) {
        cycle.forEach((node, i) => expect(next(node)).toContain(cycle[(i + 1) % cycle.length]));
      }
      const forward = (node: number) => next(node).filter((to) => to > node);
      expect(cyclesOf([...Array(10).keys()], forward)).toEqual([]);
    }),
  );
});
