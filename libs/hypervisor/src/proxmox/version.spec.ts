import { isVersionAtLeast } from './version';

test.each([
  ['8.0.2', 8, 2, false],
  ['8.1-1', 8, 2, false],
  ['8.2.4', 8, 2, true],
  ['9.1.9', 8, 2, true],
  ['7.4-18', 8, 0, false],
  ['', 8, 0, false],
])('%s is at least %i.%i: %s', (version, major, minor, expected) => {
  expect(isVersionAtLeast(version, major, minor)).toBe(expected);
});
