import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TABLE } from './proxmox/errors/error-table';

const LIB = join(__dirname, '..');
const page = readFileSync(join(LIB, '..', '..', 'docs', 'reference', 'hypervisor-contract.md'), 'utf8');

const sources = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/(^|\/)(dist|node_modules)\//.test(path))
  .filter((path) => path.includes('conformance') || path.endsWith('.spec.ts'))
  .map((path) => readFileSync(join(LIB, path), 'utf8').replaceAll('\\', ''));

const proven = sources.flatMap((source) =>
  [...source.matchAll(/\brule\(\s*'(HV-\d+)'/g)].map((match) => match[1] ?? ''),
);
/** Texts that are followed by a function: titles of tests, also of those with examples. */
const titles = new Set(
  sources.flatMap((source) =>
    [...source.matchAll(/(['"`])((?:(?!\1).)+)\1,\s*(?:async\s*)?\(/g)].map((match) => match[2] ?? ''),
  ),
);

/** The cells of the table rows below a heading. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = page.split(`## ${heading}`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const rules = rowsBelow('Rules');

test('each rule is proven by one test of the suite, and each test proves a rule', () => {
  expect([...proven].sort()).toEqual(rules.map(([number]) => number).sort());
});

test('each rule says whether it is mandatory', () => {
  expect(rules.filter(([, mandatory]) => mandatory !== 'yes' && mandatory !== 'no')).toEqual([]);
});

test('each way in which Proxmox VE fails names tests that exist', () => {
  const failures = rowsBelow('How Proxmox VE fails, and what proves that it is survived');
  expect(failures.length).toBeGreaterThan(20);
  const named = failures.flatMap(([, , tests]) => [...(tests ?? '').matchAll(/`([^`]+)`|(HV-\d+)/g)]);
  const missing = named.filter(
    ([, title, number]) => !(title === undefined ? proven.includes(number ?? '') : titles.has(title)),
  );
  expect(missing.map(([name]) => name)).toEqual([]);
  expect(failures.filter(([, , tests]) => !/`|HV-/.test(tests ?? ''))).toEqual([]);
});

test('the page lists what each row of the error table becomes', () => {
  const listed = rowsBelow('What Proxmox VE says, and what it becomes').map(([name, code, errorClass]) => [
    name,
    code,
    errorClass,
  ]);
  expect(listed).toEqual(ERROR_TABLE.map((row) => [`\`${row.name}\``, `\`${row.code}\``, row.class]));
});
