import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROBLEMS } from '@orion/domain';
import { BLUEPRINT_SCHEMA_V1 } from './blueprint-schema';
import { validateDocument } from './validate-document';

const ROOT = join(__dirname, '../../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('docs/reference/problems.md documents every problem with its severity, and nothing else', () => {
  const rows = [...read('docs/reference/problems.md').matchAll(/^\| `([a-z0-9_.]+)` \| (error|warning) \|/gm)];

  expect(rows.map(([, code, severity]) => [code, severity])).toEqual(
    Object.entries(PROBLEMS).map(([code, { severity }]) => [code, severity]),
  );
});

test('the published schema is up to date (else: node scripts/write-blueprint-schema.mjs)', () => {
  expect(JSON.parse(read('docs/reference/blueprint-v1.schema.json'))).toEqual(BLUEPRINT_SCHEMA_V1);
});

test('every field of the published schema has a description', () => {
  const silent: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties, items, description } = schema as Record<string, unknown>;
    if (description === undefined) silent.push(path);
    for (const [name, field] of Object.entries((properties as object | undefined) ?? {}))
      visit(field, `${path}/${name}`);
    visit(items, `${path}/items`);
  };
  visit(BLUEPRINT_SCHEMA_V1, '');

  expect(silent).toEqual([]);
});

test.each(['one-node', 'small-office', 'probed-office'])('the example %s is valid without a warning', (name) => {
  expect(validateDocument(read(`examples/blueprints/${name}.yaml`)).problems).toEqual([]);
});

test('the broken example shows a dozen different mistakes, form and meaning together', () => {
  const { problems } = validateDocument(read('examples/blueprints/broken-office.yaml'));

  expect(new Set(problems.map(({ code }) => code)).size).toBeGreaterThanOrEqual(12);
  expect(problems.map(({ line }) => line)).toEqual(
    problems.map(({ line }) => line).sort((a, b) => Number(a) - Number(b)),
  );
});

test('the guide on blueprints begins with a valid one', () => {
  const [, first = ''] = /```yaml\n([^]*?)```/.exec(read('docs/guides/writing-a-blueprint.md')) ?? [];

  expect(validateDocument(first).problems).toEqual([]);
});

test('every link of the guides leads somewhere', () => {
  const broken = readdirSync(join(ROOT, 'docs/guides')).flatMap((name) => {
    const page = join(ROOT, 'docs/guides', name);
    const targets = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) => to ?? '');
    return targets.filter((to) => !existsSync(join(dirname(page), to))).map((to) => `${name}: ${to}`);
  });

  expect(broken).toEqual([]);
});
