import type { OwnershipMark } from '@orion/contracts';
import { cloneEvidence, hasMarkTags, isUnmarkedCloneOf, markTags, parseMark, sameMark, withMark } from './mark-tags';

const MARK: OwnershipMark = { installation: 'lab', tenantId: 'T-1', rangeId: 'r-9', node: 'ws-1' };

test('a mark survives being lower-cased, sorted and joined', () => {
  const stored = markTags(MARK)
    .map((tag) => tag.toLowerCase())
    .sort()
    .join(';');
  expect(parseMark(stored)).toEqual({ ...MARK, tenantId: 't-1' });
  expect(sameMark(parseMark(stored) ?? MARK, MARK)).toBe(true);
});

test('tags that are no mark are kept, an older mark is replaced', () => {
  const tagged = withMark('linux;orion;orion-n.old;Prod', MARK);
  expect(tagged).toBe('linux;orion;orion-i.lab;orion-n.ws-1;orion-r.r-9;orion-t.t-1;prod');
});

test.each([
  undefined,
  ' ',
  'linux',
  'orion',
  'orion;orion-i.lab;orion-t.t;orion-r.r',
  'orion-i.lab;orion-t.t;orion-r.r;orion-n.n',
  'orion;orion-i.lab;orion-t.t;orion-r.r;orion-n.a;orion-n.b',
])('the tags "%s" are no mark', (tags) => expect(parseMark(tags)).toBeUndefined());

test('a broken mark still counts as somebody’s', () => {
  expect(hasMarkTags('orion-r.r;linux')).toBe(true);
  expect(hasMarkTags('orionids;linux')).toBe(false);
});

test('a mark that no tag can carry is refused', () => {
  expect(() => markTags({ ...MARK, node: 'a=b' })).toThrow('cannot be written as a tag');
});

describe('a clone whose tags were not written yet', () => {
  const description = cloneEvidence(MARK, 900);

  test('is known by the mark in its description', () => {
    expect(isUnmarkedCloneOf({ description: `${description}\n`, tags: 'linux' }, MARK)).toBe(true);
  });

  test.each([
    ['of another node', { description: cloneEvidence({ ...MARK, node: 'ws-2' }, 900), tags: undefined }],
    ['with somebody’s tags', { description, tags: 'orion;orion-n.x' }],
    ['with more text', { description: `${description}\nand more`, tags: undefined }],
    ['with text before', { description: `copy of ${description}`, tags: undefined }],
    ['without description', { description: undefined, tags: undefined }],
  ])('is not ours %s', (_, vm) => expect(isUnmarkedCloneOf(vm, MARK)).toBe(false));
});
