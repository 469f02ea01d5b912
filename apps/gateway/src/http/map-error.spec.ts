import { DomainError } from '@orion/domain';

import { mapError } from './map-error';

const database = (code: string, constraint?: string) =>
  Object.assign(new Error('failed at 10.0.0.1'), { code, constraint });

test.each([
  ['a name that is taken', database('23505', 'range_name'), 'range.name_taken'],
  ['a second changing job', database('23505', 'job_one_changing_per_range'), 'range.busy'],
  ['a statement that took too long', database('57014'), 'service.unavailable'],
  ['a lock that did not come', database('55P03'), 'service.unavailable'],
  ['a deadlock', database('40P01'), 'service.unavailable'],
  ['too many connections', database('53300'), 'service.unavailable'],
  ['a refused connection', database('ECONNREFUSED'), 'service.unavailable'],
  ['a connection that broke', new Error('Connection terminated unexpectedly'), 'service.unavailable'],
  ['a violation that is our fault', database('23503', 'job_of_range'), 'internal.error'],
  ['anything else', new TypeError('x is undefined'), 'internal.error'],
])('%s', (_, thrown, code) => {
  const error = mapError(thrown);
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/10\.0\.0\.1|undefined/);
});

test('an error of the catalogue stays what it is, and what wraps one of the database is looked into', () => {
  const known = new DomainError('range.busy');
  expect(mapError(known)).toBe(known);
  const wrapped = Object.assign(new Error('QueryFailedError'), { driverError: database('23505', 'site_name_unique') });
  expect(mapError(wrapped).code).toBe('site.name_taken');
});
