import type { CommandEnvelope } from '@orion/contracts';
import { judgeCommand, type Knowledge } from './judge-command';

const NOW = new Date('2026-01-01T00:00:00Z');
const COMMAND: CommandEnvelope = {
  commandId: 'c1',
  siteId: 'site',
  generation: 3,
  target: 'vm:4001',
  sequence: 7,
  kind: 'vm.start',
  version: 1,
  attempt: 1,
  expiresAt: NOW.toISOString(),
  timeoutMs: 1_000,
  tenantId: 'tenant',
  jobId: 'job',
  stepId: 'step',
  payload: { vmId: 4001, host: 'pve1' },
};
const OUTCOME = { status: 'cancelled' } as const;

function judged(knowledge: Partial<Knowledge>, command: Partial<CommandEnvelope> = {}) {
  const fresh: Knowledge = { state: 'active', generation: 3, known: undefined, highestSequence: 6, now: NOW };
  return judgeCommand({ ...COMMAND, ...command }, { ...fresh, ...knowledge });
}

test('a command that nothing has overtaken is taken on, also at the very moment of its expiry', () => {
  expect(judged({})).toBeUndefined();
});

test.each<[string, string, Partial<Knowledge>, Partial<CommandEnvelope>]>([
  ['before the agent has its sequences', 'agent.resyncing', { state: 'catching-up' }, {}],
  ['before the agent is registered', 'agent.generation_mismatch', { state: 'unregistered', generation: 0 }, {}],
  ['after another agent took over', 'agent.generation_mismatch', { state: 'superseded' }, {}],
  ['of an older generation', 'agent.generation_mismatch', {}, { generation: 2 }],
  ['of a newer generation', 'agent.generation_mismatch', {}, { generation: 4 }],
  ['of an unknown kind', 'command.kind_unknown', {}, { kind: 'vm.migrate' as never }],
  ['of a kind that every object has', 'command.kind_unknown', {}, { kind: 'constructor' as never }],
  ['of an unknown version', 'command.kind_unknown', {}, { version: 2 }],
  ['with the highest sequence under another id', 'command.stale_sequence', { highestSequence: 7 }, {}],
  ['below the highest sequence', 'command.stale_sequence', { highestSequence: 8 }, {}],
  ['past its expiry', 'command.expired', { now: new Date(NOW.getTime() + 1) }, {}],
])('a command %s is refused (%s)', (_, code, knowledge, command) => {
  expect(judged(knowledge, command)).toMatchObject({ status: 'refused', code });
});

test('a known command is answered from the journal, with its outcome once it has one', () => {
  expect(judged({ known: {} })).toEqual({ status: 'known' });
  expect(judged({ known: { outcome: OUTCOME } })).toEqual({ status: 'known', outcome: OUTCOME });
});

test('a known command stays known after it was overtaken and after its expiry', () => {
  const late = { highestSequence: 9, now: new Date(NOW.getTime() + 1) };
  expect(judged({ known: { outcome: OUTCOME }, ...late })).toEqual({ status: 'known', outcome: OUTCOME });
});

test('an agent that must not act answers nothing from its journal either', () => {
  expect(judged({ known: {}, state: 'superseded' })).toMatchObject({ code: 'agent.generation_mismatch' });
});
