import * as fc from 'fast-check';
import { contains, formatCidr, formatIpv4, networkOf, overlaps, parseIpv4, readCidr } from './ipv4';

const address = fc.nat(0xffffffff);
const cidr = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([first, prefix]) => networkOf(first, prefix));

test('every address is read back as it was written', () => {
  fc.assert(fc.property(address, (value) => parseIpv4(formatIpv4(value)) === value));
});

test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '0x1.2.3.4', '1.2.3.-4', '１.2.3.4'])(
  '%p is no address',
  (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  },
);

test('every network is read back as it was written', () => {
  fc.assert(
    fc.property(cidr, (network) => expect(readCidr(formatCidr(network))).toEqual({ kind: 'cidr', cidr: network })),
  );
});

test('networks overlap exactly when one holds the first address of the other', () => {
  fc.assert(fc.property(cidr, cidr, (a, b) => overlaps(a, b) === (contains(a, b.first) || contains(b, a.first))));
});

test.each([
  ['10.0.0.1/24', 'hostBits'],
  ['10.0.0.0', 'malformed'],
  ['10.0.0.0/', 'malformed'],
  ['10.0.0.0/024', 'malformed'],
  ['fd00::/8', 'ipv6'],
  ['::', 'ipv6'],
])('%s is read as %s', (text, kind) => {
  expect(readCidr(text).kind).toBe(kind);
});
