import { assertAllowed, JOB_KINDS, RANGE_STATES, type JobKind, type RangeState } from '@orion/domain';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { declaredRoutes } from '../access/guarded-routes';
import { CONTROLLERS } from '../gateway.module';
import { JOB_DEADLINE_SECONDS } from './job-deadline';

const PAGE = join(__dirname, '../../../../docs/reference/jobs.md');
const rows = [
  ...readFileSync(PAGE, 'utf8').matchAll(/^\| `(\w+\.\w+)` \| `([^`]+)` \| ([^|]+) \| (\d+) (h|min) \|$/gm),
];

const isAllowed = (kind: JobKind, state: RangeState): boolean => {
  try {
    assertAllowed(kind, state);
    return true;
  } catch {
    return false;
  }
};

test('the reference lists every kind of job with the states of a range that allow it, and its deadline', () => {
  const documented = rows.map(([, kind, , states, amount, unit]) => [
    kind,
    states,
    Number(amount) * (unit === 'h' ? 3_600 : 60),
  ]);
  const expected = JOB_KINDS.map((kind) => [
    kind,
    kind === 'range.deploy'
      ? 'new'
      : kind.startsWith('site.')
        ? 'any'
        : RANGE_STATES.filter((state) => isAllowed(kind, state)).join(', '),
    JOB_DEADLINE_SECONDS[kind],
  ]);
  expect(documented).toEqual(expected);
});

test('every route that the reference names is there', () => {
  const routes = declaredRoutes(CONTROLLERS).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(rows.map(([, , route]) => route).filter((route) => !routes.includes(route ?? ''))).toEqual([]);
});
