import { FORECAST_WARNINGS } from '@orion/domain';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test('docs/reference/plans.md documents every warning, and nothing else', () => {
  const page = readFileSync(join(__dirname, '../../../../docs/reference/plans.md'), 'utf8');

  const warnings = page.slice(page.indexOf('## Warnings'));

  expect([...warnings.matchAll(/^\| `([a-z_.]+)` \|/gm)].map(([, code]) => code)).toEqual(
    Object.keys(FORECAST_WARNINGS),
  );
});
