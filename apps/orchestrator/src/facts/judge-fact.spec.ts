import type { CommandInPlay } from '@orion/persistence';
import { gatherFacts, judgeFacts } from './judge-fact';

const SUCCESS = { status: 'succeeded', result: { addresses: ['10.20.0.10'] } } as const;
const BRIEF = {
  status: 'failed',
  error: { code: 'hypervisor.locked', class: 'retryable', detail: 'Locked.' },
} as const;
const forward = { phase: 'forward', rangeId: 'range' } as const;
const drain = { phase: 'drain', rangeId: 'range' } as const;

function aCommand(changes: Partial<CommandInPlay> = {}, step: Partial<CommandInPlay['step']> = {}): CommandInPlay {
  return {
    id: 'command',
    jobId: 'job',
    stepId: 'step',
    generation: 1,
    state: 'acknowledged',
    lastEventNumber: 0,
    current: true,
    firstOnTarget: true,
    step: { kind: 'vm.ready', subject: 'ws', phase: 'forward', state: 'running', attempt: 1, maxAttempts: 2, ...step },
    ...changes,
  };
}
const facts = (outcome: typeof SUCCESS | typeof BRIEF | { status: 'cancelled' }) =>
  ({ commandId: 'command', number: 3, started: true, outcome }) as const;

test('facts about a command are one, in whatever order they come', () => {
  const started = { commandId: 'a', number: 1, fact: { type: 'started' } } as const;
  const task = { commandId: 'a', number: 2, fact: { type: 'task', handle: 'UPID' } } as const;
  const ended = { commandId: 'a', number: 3, fact: { type: 'ended', outcome: SUCCESS } } as const;

  const gathered = gatherFacts([ended, started, task]);

  expect(gathered).toEqual([{ commandId: 'a', number: 3, started: true, taskHandle: 'UPID', outcome: SUCCESS }]);
});

test('a task implies the start, and the end tells how long it took', () => {
  const task = { commandId: 'a', number: 2, fact: { type: 'task', handle: 'UPID' } } as const;
  const ended = { commandId: 'b', number: 3, fact: { type: 'ended', outcome: SUCCESS, tookMs: 120 } } as const;

  const [one, other] = gatherFacts([task, ended]);

  expect(one).toMatchObject({ started: true, taskHandle: 'UPID' });
  expect(judgeFacts(other!, aCommand({}, { state: 'dispatched' }), forward, () => 0)?.change).toMatchObject({
    stepState: 'succeeded',
    tookMs: 120,
  });
});

test('a success moves step and node, and keeps the addresses', () => {
  const judged = judgeFacts(facts(SUCCESS), aCommand(), forward, () => 0);

  expect(judged?.change).toMatchObject({ stepState: 'succeeded', nodeState: 'running', addresses: ['10.20.0.10'] });
});

test('a fact about a command that nobody waits for is recorded and moves nothing', () => {
  const judged = judgeFacts(facts(SUCCESS), aCommand({ current: false }), forward, () => 0);

  expect(judged).toEqual({ change: { commandId: 'command', eventNumber: 3, outcome: SUCCESS } });
});

test('a fact about a command that has ended changes nothing', () => {
  expect(judgeFacts(facts(BRIEF), aCommand({ state: 'ended' }), forward, () => 0)).toBeUndefined();
});

test('a failure is tried again as long as attempts are left', () => {
  const first = judgeFacts(facts(BRIEF), aCommand(), forward, () => 0);
  const last = judgeFacts(facts(BRIEF), aCommand({}, { attempt: 2 }), forward, () => 0);

  expect(first?.change).toMatchObject({ stepState: 'ready', dueMs: 500 });
  expect(last?.change.stepState).toBe('failed');
  expect(last?.failure).toMatchObject({ code: 'job.steps_failed', stepId: 'step' });
});

test('while a job stops, nothing is tried again and a stopped command is a cancelled step', () => {
  expect(judgeFacts(facts(BRIEF), aCommand(), drain, () => 0)?.change.stepState).toBe('failed');
  expect(judgeFacts(facts({ status: 'cancelled' }), aCommand(), drain, () => 0)?.change.stepState).toBe('cancelled');
});

test('a command that was stopped without a cancel of ours is tried again', () => {
  expect(judgeFacts(facts({ status: 'cancelled' }), aCommand(), forward, () => 0)?.change.stepState).toBe('ready');
});

describe('a clone that finds its id taken', () => {
  const judge = (
    attempt: number,
    {
      job = forward,
      firstOnTarget = true,
      facts: found = {},
    }: { job?: typeof forward | typeof drain; firstOnTarget?: boolean; facts?: Record<string, boolean> } = {},
  ) => {
    const detail = 'The id 4001 belongs to another VM';
    const error = { code: 'vm.id_taken', class: 'permanent', detail, facts: found } as const;
    const command = aCommand({ firstOnTarget }, { kind: 'vm.clone', subject: 'ws', attempt, maxAttempts: 3 });
    const outcome = { status: 'failed', error } as const;
    return judgeFacts({ commandId: 'command', number: 2, started: true, outcome }, command, job, () => 0);
  };

  test('is tried at once under another id, and its node has nothing there', () => {
    for (const judged of [judge(2), judge(2, { firstOnTarget: false, facts: { seen: true, resumed: true } })]) {
      expect(judged).toMatchObject({
        renumber: 'ws',
        change: { stepState: 'ready', dueMs: 0, node: 'ws', nodeState: 'planned' },
      });
    }
  });

  test('fails when that does not help, or when its job is being stopped', () => {
    for (const judged of [judge(3), judge(1, { job: drain })]) {
      expect(judged).toMatchObject({ change: { stepState: 'failed', nodeState: 'planned' } });
      expect(judged).not.toHaveProperty('renumber');
    }
  });

  test.each([
    ['an earlier attempt may have made', { firstOnTarget: false }],
    ['an earlier life of the agent may have made', { facts: { resumed: true } }],
  ])('by a hidden VM that %s keeps its id until that can be observed', (_, found) => {
    const judged = judge(1, found);
    expect(judged).toMatchObject({ change: { stepState: 'ready', error: { class: 'unknown' } } });
    expect(judged).not.toHaveProperty('renumber');
    expect(judge(3, found)).toMatchObject({ change: { stepState: 'unknown', nodeState: 'unknown' } });
  });
});

describe('a removal that finds something else under the id', () => {
  const foreign = (seen: boolean) => {
    const error = { code: 'vm.foreign', class: 'permanent', detail: 'No mark.', facts: seen ? { seen } : {} } as const;
    return { ...facts(BRIEF), outcome: { status: 'failed', error } } as const;
  };
  const removal = aCommand({}, { kind: 'vm.destroy' });

  test('is done when that is surely not of ours: nothing is left of the node', () => {
    const judged = judgeFacts(foreign(true), removal, forward, () => 0);
    expect(judged?.change).toMatchObject({ stepState: 'succeeded', nodeState: 'destroyed' });
    expect(judged?.event).toMatchObject({ type: 'step.succeeded', data: { foreign: true } });
  });

  test('has failed when that may be ours', () => {
    expect(judgeFacts(foreign(false), removal, forward, () => 0)?.change).toMatchObject({ stepState: 'failed' });
  });

  test('says nothing about other changes', () => {
    const stop = aCommand({}, { kind: 'vm.stop' });
    expect(judgeFacts(foreign(true), stop, forward, () => 0)?.change).toMatchObject({ stepState: 'failed' });
  });
});
