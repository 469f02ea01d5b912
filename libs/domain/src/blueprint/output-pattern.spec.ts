import { faultOfPattern, outputPattern } from './output-pattern';

test.each([
  'running',
  '^active$',
  'inet 10\\.20\\.\\d+\\.\\d+/24',
  '(?:yes|no)?$',
  '(?<state>up|down)',
  '(?:ab){3}',
  '[(a+)+]+',
  '\\(a\\)+',
  '\\p{Lu}+\\u{1F600}{2}',
  '(a+)?b',
  'a{2,5}?',
])('%s is accepted', (text) => {
  expect(faultOfPattern(text)).toBeUndefined();
});

test.each(['(', '[a', 'a{2', '*', 'a{3,2}', '\\q', '(?<n>a)(?<n>b)'])('%s is no regular expression', (text) => {
  expect(faultOfPattern(text)?.kind).toBe('invalid');
});

test.each([
  '(a+)+$',
  '(?:a*)*',
  '(a|a)*',
  '(?:a|b){2}',
  '((a+)?x)+',
  '(?:\\d{1,3}\\.){3}',
  '(?<n>a)\\k<n>',
  '(a)\\1',
  'a(?=b)',
  '(?<!a)b',
  'a{1001}',
  '(?:a{1000}){1000}',
  'a?'.repeat(11),
])('%s could take too long', (text) => {
  expect(faultOfPattern(text)?.kind).toBe('dangerous');
});

test('a pattern finds its line wherever it stands in the output', () => {
  expect(outputPattern('^active$').test('state:\nactive\n')).toBe(true);
});
