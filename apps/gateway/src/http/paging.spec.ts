import { encodeCursor, numberCursor, pageOf, uuidCursor } from './paging';

const view = (row: number) => row;

test('a page tells where the next begins only when there is one', () => {
  expect(pageOf([1, 2, 3], 3, view, view).nextCursor).toBeNull();
  const page = pageOf([1, 2, 3, 4], 3, view, view);
  expect([page.items, numberCursor(page.nextCursor ?? undefined)]).toEqual([[1, 2, 3], 3]);
});

test.each(['', '%', 'bnVsbA', encodeCursor('x'.repeat(40)), encodeCursor(1.5), encodeCursor("' OR 1=1")])(
  'what is no cursor is refused: %s',
  (cursor) => {
    expect(() => uuidCursor(cursor)).toThrow('Take nextCursor');
  },
);
