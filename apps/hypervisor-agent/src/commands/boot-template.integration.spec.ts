import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

const boot = (vmId: number, templateVmId = 9000) =>
  world.command('template.boot', {
    ...{ vmId, name: `template-${templateVmId}`, templateVmId, templateHost: 'pve1', host: 'pve1', storage: 'shared' },
    ...{ mode: 'linked', pool: 'orion-ranges', template: 'debian-12', guestAgent: true },
  });

test('a template is cloned, booted and asked, and nothing of its clone is left', async () => {
  await world.serve();
  const vmId = world.newVmId();

  expect(await world.perform(boot(vmId))).toMatchObject({
    status: 'succeeded',
    result: {
      findings: [
        { check: 'templates', status: 'passed', detail: expect.stringContaining('its guest agent answers after') },
        { check: 'templates', status: 'passed', detail: expect.stringContaining('can be snapshotted') },
      ],
    },
  });
  expect(await world.cluster.vm(vmId)).toBeUndefined();
});

test('a template that cannot be cloned is a finding, and so is who has the id', async () => {
  await world.serve();
  const vmId = world.newVmId();

  expect(await world.perform(boot(vmId, 9_999))).toMatchObject({
    status: 'succeeded',
    result: { findings: [{ status: 'failed', detail: expect.stringContaining('cannot be cloned and started') }] },
  });
  expect(await world.cluster.vm(vmId)).toBeUndefined();
});

test('a clone that is left from an earlier attempt is taken up and removed', async () => {
  await world.serve();
  const vmId = world.newVmId();
  await world.perform(world.clone(vmId));
  expect(await world.cluster.vm(vmId)).toBeDefined();

  expect(await world.perform(boot(vmId))).toMatchObject({ status: 'succeeded' });
  expect(await world.cluster.vm(vmId)).toBeUndefined();
});

test('a check that is cancelled while the guest boots leaves no clone', async () => {
  await world.serve();
  const command = await world.begin(boot(world.newVmId()));
  await waitFor(async () => (await world.cluster.counters())['starts'] === 1);

  await world.orchestrator.cancel(world.siteId, [
    { commandId: command.commandId, target: command.target, sequence: world.nextSequence(command.target) },
  ]);

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'cancelled' });
  expect(await world.cluster.vmIds()).toEqual([]);
});

test.each(['vm.clone', 'vm.start', 'vm.destroy'])(
  'an agent that is killed in a %s removes the clone in its next life',
  async (operation) => {
    const agent = await world.serve();
    const hold = await world.cluster.hold(operation, 'task');
    const command = await world.begin(boot(world.newVmId()));
    await hold.reached();
    await agent.kill();
    await hold.release();

    await world.serve();

    expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
    expect(await world.cluster.vmIds()).toEqual([]);
  },
);
