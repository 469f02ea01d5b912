import { randomUUID } from 'node:crypto';
import { openAgentSide } from '@orion/agent-bus';
import type { CommandEnvelope } from '@orion/contracts';
import { freePort, systemClock } from '@orion/runtime';
import { registerTestResource } from '@orion/testing';
import { Journal } from '../journal/journal';
import { Registration } from '../site/registration';
import { aWorkFolder } from '../testing/work-folder.fixture';
import { CommandDesk } from './command-desk';
import { CommandRunner } from './command-runner';
import { FactSender } from './fact-sender';

const COMMAND: CommandEnvelope = {
  commandId: 'c1',
  siteId: 'site',
  generation: 1,
  target: 'vm:4001',
  sequence: 1,
  kind: 'vm.start',
  version: 1,
  attempt: 1,
  expiresAt: '2100-01-01T00:00:00Z',
  timeoutMs: 1_000,
  tenantId: 'tenant',
  jobId: 'job',
  stepId: 'step',
  payload: { vmId: 4001, host: 'pve1' },
};

test('what cannot be journaled is refused and not begun, and its cancellation is not confirmed', async () => {
  const journal = await Journal.open((await aWorkFolder()).path);
  const [port, peerPort] = [await freePort(), await freePort()];
  const side = openAgentSide({ transport: 'tcp', port, peerPort, token: 'nobody listens there' }, randomUUID());
  registerTestResource({ dispose: () => side.close() });
  const registration = new Registration('site', '1', journal, side.orchestrator);
  Object.assign(registration, { state: 'active', generation: 1 });
  const runner = new CommandRunner({
    ...{ journal, clock: systemClock, slots: 1, onChange: () => undefined },
    reportSite: () => Promise.reject(new Error('Nothing may be begun.')),
    lease: registration.lease,
    facts: new FactSender(journal, side.orchestrator, registration),
    hypervisor: () => {
      throw new Error('Nothing may be begun.');
    },
  });
  const desk = new CommandDesk(journal, registration, runner, systemClock);
  await journal.close();

  expect(await desk.receive(COMMAND)).toMatchObject({ status: 'refused', code: 'agent.journal_unwritable' });
  expect(runner.running()).toEqual([]);
  await expect(desk.cancel([{ commandId: 'c1', target: 'vm:4001', sequence: 2 }])).rejects.toThrow();
});
