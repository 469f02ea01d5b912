import { judgeExit } from './judge-exit';

test('OK is a success', () => expect(judgeExit('start VM 1', 'OK')).toEqual({ kind: 'ok' }));

test('a task that ends with warnings is a success', () => {
  expect(judgeExit('start VM 1', 'WARNINGS: 12')).toEqual({ kind: 'ok' });
});

test('a worker that died says nothing about the effect', () => {
  expect(judgeExit('start VM 1', 'unexpected status')).toEqual({ kind: 'lost' });
});

test('a failure keeps the text of the task', () => {
  expect(judgeExit('start VM 1', 'VM 1 already running')).toMatchObject({
    kind: 'failed',
    failure: { message: 'start VM 1: VM 1 already running' },
  });
});
