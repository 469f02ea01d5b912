import { settleRange, type SettledRange, type SettleFacts } from './settle-range';

const cases: [promise: string, facts: SettleFacts, settled: SettledRange][] = [
  [
    'a deployed range is ready',
    { desired: 'running', nodes: ['running', 'running'], job: { kind: 'range.deploy', state: 'succeeded' } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'a failed deploy that keeps what it made is degraded',
    { desired: 'running', nodes: ['running', 'planned'], job: { kind: 'range.deploy', state: 'failed' } },
    { state: 'degraded', desired: 'running' },
  ],
  [
    'a failed deploy that made nothing can still be retried: degraded',
    { desired: 'running', nodes: [], job: { kind: 'range.deploy', state: 'failed' } },
    { state: 'degraded', desired: 'running' },
  ],
  [
    'a deploy that was rolled back leaves nothing, planned nodes included',
    {
      desired: 'running',
      nodes: ['destroyed', 'planned'],
      job: { kind: 'range.deploy', state: 'cancelled', compensated: true },
    },
    { state: 'destroyed', desired: 'destroyed' },
  ],
  [
    'a destroyed range is destroyed',
    { desired: 'destroyed', nodes: ['destroyed'], job: { kind: 'range.destroy', state: 'succeeded' } },
    { state: 'destroyed', desired: 'destroyed' },
  ],
  [
    'a destroy that failed half-way is degraded and still wanted',
    { desired: 'destroyed', nodes: ['destroyed', 'running'], job: { kind: 'range.destroy', state: 'failed' } },
    { state: 'degraded', desired: 'destroyed' },
  ],
  [
    'a destroy that failed on a network alone is degraded',
    { desired: 'destroyed', nodes: ['destroyed'], job: { kind: 'range.destroy', state: 'failed' } },
    { state: 'degraded', desired: 'destroyed' },
  ],
  [
    'a destroy cancelled before it removed anything leaves the range as it was',
    { desired: 'destroyed', nodes: ['running', 'running'], job: { kind: 'range.destroy', state: 'cancelled' } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'a stop that failed half-way is degraded',
    { desired: 'stopped', nodes: ['running', 'stopped'], job: { kind: 'range.stop', state: 'failed' } },
    { state: 'degraded', desired: 'stopped' },
  ],
  [
    'a range with one node stopped on purpose stays ready',
    { desired: 'running', nodes: ['running', 'stopped'], job: { kind: 'node.stop', state: 'succeeded' } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'a failed snapshot harms nothing',
    { desired: 'running', nodes: ['running'], job: { kind: 'node.snapshot', state: 'failed' } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'a node whose state cannot be told degrades its range',
    { desired: 'running', nodes: ['running', 'unknown'], job: { kind: 'node.stop', state: 'failed' } },
    { state: 'degraded', desired: 'running' },
  ],
  [
    'a change that was taken back whole leaves the range what its nodes are',
    { desired: 'running', nodes: ['running'], job: { kind: 'range.apply', state: 'failed', compensated: true } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'one that was not degrades it, however its nodes look',
    { desired: 'running', nodes: ['running'], job: { kind: 'range.apply', state: 'failed' } },
    { state: 'degraded', desired: 'running' },
  ],
  [
    'a repair that succeeded leaves nothing degraded, and a destroy that was given up no longer wanted',
    {
      desired: 'destroyed',
      before: 'degraded',
      nodes: ['running', 'running'],
      job: { kind: 'range.repair', state: 'succeeded' },
    },
    { state: 'ready', desired: 'running' },
  ],
  [
    'a degraded range stays so when its repair fails, however its nodes look',
    { desired: 'running', before: 'degraded', nodes: ['running'], job: { kind: 'range.repair', state: 'failed' } },
    { state: 'degraded', desired: 'running' },
  ],
  [
    'a ready range whose repair was cancelled before it touched anything stays ready',
    { desired: 'running', before: 'ready', nodes: ['running'], job: { kind: 'range.repair', state: 'cancelled' } },
    { state: 'ready', desired: 'running' },
  ],
  [
    'an inventory that sees every node stopped says so',
    { desired: 'running', nodes: ['stopped', 'stopped'] },
    { state: 'stopped', desired: 'running' },
  ],
];

test.each(cases)('%s', (_promise, facts, settled) => {
  expect(settleRange(facts)).toEqual(settled);
});
