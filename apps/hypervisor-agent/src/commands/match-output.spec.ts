import { matchOutput } from './match-output';

test('a pattern is searched for in all lines', () => {
  expect(matchOutput('^active$', 'state:\nactive\n')).toEqual({ found: true });
  expect(matchOutput('^active$', 'inactive')).toEqual({ found: false });
});

test('a pattern that goes on without end is given up, and holds nobody up for long', () => {
  const begun = performance.now();

  expect(matchOutput('.*.*.*.*.*.*x', 'a'.repeat(16_384))).toEqual({
    found: false,
    reason: 'the pattern took too long',
  });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a pattern that is none finds nothing', () => {
  expect(matchOutput('(', '(')).toEqual({ found: false, reason: 'the pattern cannot be read' });
});
