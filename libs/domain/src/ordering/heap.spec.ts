import fc from 'fast-check';

import { Heap } from './heap';

test('items come out in order, whether they were given at once or pushed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (given, pushed) => {
      const heap = new Heap<number>((a, b) => a - b, given);
      for (const item of pushed) heap.push(item);
      const popped = Array.from({ length: heap.size }, () => heap.pop());
      expect(popped).toEqual([...given, ...pushed].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
