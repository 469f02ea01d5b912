import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** Paths of the repository that the page names in code quotes. */
const paths = [...page.matchAll(/`((?:apps|libs|docs|deploy|e2e|bench|examples|scripts)\/[^`\s]*)`/g)].map(
  (match) => match[1] ?? '',
);

test('every path that the architecture page names exists', () => {
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the flow table has all of its ten hops', () => {
  const hops = [...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  expect(hops).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
