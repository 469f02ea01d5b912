import { HypervisorError } from '@orion/hypervisor';
import { outcomeOf } from './outcome';

const lost = new HypervisorError('hypervisor.outcome_unknown', 'unknown', 'The answer was lost.');
const told = new HypervisorError('command.cancelled', 'permanent', 'Stopped as told.');
const aborted = new DOMException('aborted', 'AbortError');

test.each([
  ['a task that was stopped as told', told],
  ['a wait that was broken off', aborted],
])('%s is cancelled', (_, error) => {
  expect(outcomeOf(error, 'cancelled')).toEqual({ status: 'cancelled' });
});

test('an effect that could not be observed is never called cancelled', () => {
  expect(outcomeOf(lost, 'cancelled')).toMatchObject({
    status: 'failed',
    error: { code: 'hypervisor.outcome_unknown', class: 'unknown' },
  });
});

test('whatever ended after its time-out has an unknown outcome', () => {
  expect(outcomeOf(told, 'timeout')).toMatchObject({
    status: 'failed',
    error: { code: 'step.timeout', class: 'unknown' },
  });
});

test('a failure of the hypervisor keeps its code and class', () => {
  const locked = new HypervisorError('hypervisor.locked', 'conflict', 'VM 4001 is locked.', { lock: 'backup' });
  expect(outcomeOf(locked, undefined)).toMatchObject({
    error: { code: 'hypervisor.locked', class: 'conflict', facts: { lock: 'backup' } },
  });
});

test('a failure of a command that an earlier life had begun says so', () => {
  const taken = new HypervisorError('vm.id_taken', 'permanent', 'The id is taken.', { seen: false });
  expect(outcomeOf(taken, undefined, true)).toMatchObject({ error: { facts: { seen: false, resumed: true } } });
  expect(outcomeOf(taken, undefined)).toMatchObject({ error: { facts: { seen: false } } });
});

test('a failure that nobody foresaw leaves the outcome unknown', () => {
  expect(outcomeOf(new TypeError('x is undefined'), undefined)).toMatchObject({
    error: { code: 'internal.error', class: 'unknown' },
  });
});
