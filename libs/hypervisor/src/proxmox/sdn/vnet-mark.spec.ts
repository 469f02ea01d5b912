import { parseVnetAlias, sameVnetMark, vnetAlias } from './vnet-mark';

const MARK = { installation: 'lab', rangeId: '7f0c1d52-0000-4000-8000-0000000000aa', network: 'lan' };

test('a mark is read from the alias that it was written to', () => {
  expect(parseVnetAlias(vnetAlias(MARK))).toEqual(MARK);
  expect(sameVnetMark(parseVnetAlias(vnetAlias(MARK)), { ...MARK, installation: 'LAB' })).toBe(true);
});

test('an alias holds nothing but signs that Proxmox VE takes', () => {
  expect(vnetAlias(MARK)).toMatch(/^[()-_.\w\d\s]{0,256}$/i);
});

test.each([
  undefined,
  '',
  'team net',
  'orion-range',
  'orion-range/lab/range',
  'orion-range/lab/range/lan/more',
  'orion-range//range/lan',
])('%j is no mark', (alias) => {
  expect(parseVnetAlias(alias)).toBeUndefined();
  expect(sameVnetMark(undefined, MARK)).toBe(false);
});
