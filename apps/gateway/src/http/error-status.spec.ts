import { ERRORS } from '@orion/domain';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ERROR_STATUS } from './error-status';

const PAGE = join(__dirname, '../../../../docs/reference/errors.md');

test('the reference lists every error with its status, retry advice and title, and no other', () => {
  const rows = [
    ...readFileSync(PAGE, 'utf8').matchAll(/^\| `([a-z_.]+)` +\| (\d+) +\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm),
  ];
  const documented = rows.map(([, code, status, retry, title]) => [code, Number(status), retry, title]);
  const expected = Object.entries(ERRORS).map(([code, { title, retry }]) => [
    code,
    ERROR_STATUS[code as keyof typeof ERRORS],
    retry,
    title,
  ]);
  expect(documented.sort()).toEqual(expected.sort());
});
