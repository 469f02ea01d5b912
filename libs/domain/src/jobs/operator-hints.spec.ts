import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ERRORS } from '../errors';
import { NODE_STATES } from '../ranges/range';
import { hintOf, nodeHintOf } from './operator-hints';

test('the cause of a failed job says what to do, before the failure itself does', () => {
  expect(hintOf({ code: 'job.steps_failed', facts: { code: 'hypervisor.locked' } })).toContain('qm unlock');
  expect(hintOf({ code: 'job.steps_failed', facts: { code: 'vm.protected' } })).toContain('/steps?state=failed');
  expect(hintOf({ code: 'step.outcome_unknown' })).toContain('/repairs');
  expect(hintOf({ code: 'of.a.newer.release' })).toBeUndefined();
});

test('of the states of a node one needs a person', () => {
  expect(NODE_STATES.filter((state) => nodeHintOf(state) !== undefined)).toEqual(['unknown']);
});

test('every runbook that a hint names is there', () => {
  const named = Object.keys(ERRORS).flatMap((code) => hintOf({ code })?.match(/docs\/runbooks\/[\w-]+\.md/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((page) => !existsSync(join(__dirname, '../../../..', page)))).toEqual([]);
});
