import { normalizeFingerprint, openConnections } from './connections';

const HEX = 'ab'.repeat(32);

test('a fingerprint may be written with colons, blanks and in either case', () => {
  const colons = HEX.replace(/..(?=.)/g, '$&:').toLowerCase();
  expect(normalizeFingerprint(colons)).toBe(HEX.toUpperCase());
});

test.each(['', 'abcd', `${HEX}00`, `${HEX.slice(2)}zz`])('"%s" is no SHA-256', (text) => {
  expect(normalizeFingerprint(text)).toBeUndefined();
});

test('a fingerprint that is none stops the adapter instead of trusting anybody', () => {
  expect(() => openConnections('https://127.0.0.1:8006', { fingerprint: 'sha1:00' })).toThrow('not a SHA-256');
});
