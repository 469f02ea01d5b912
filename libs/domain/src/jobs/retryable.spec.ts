import { assertRetryable } from './retryable';

const failed = { id: 'job-1', state: 'failed' } as const;

test('the failed job that was last on its range may go on', () => {
  expect(() => assertRetryable(failed, { latestJobId: 'job-1', rangeState: 'degraded' })).not.toThrow();
});

test.each([
  [
    'a job that has not failed',
    { ...failed, state: 'succeeded' } as const,
    { latestJobId: 'job-1' },
    'job.illegal_transition',
  ],
  ['a job that a later one has overtaken', failed, { latestJobId: 'job-2' }, 'job.superseded'],
  [
    'a job whose range is gone',
    failed,
    { latestJobId: 'job-1', rangeState: 'destroyed' } as const,
    'range.illegal_state',
  ],
])('%s may not', (_, job, facts, code) => {
  expect(() => assertRetryable(job, facts)).toThrow(expect.objectContaining({ code }));
});
