import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

test('over NATS, too, an agent serves its site: command, facts, cancellation, heartbeat, inventory, crash', async () => {
  const world = await AgentWorld.start('nats');
  const { orchestrator, cluster } = world;
  const agent = await world.serve();
  const vmId = await world.aVm();
  const hold = await cluster.hold('vm.clone', 'task');
  const [cancelled, survivor] = [world.clone(world.newVmId()), world.command('vm.start', { vmId, host: 'pve1' })];
  await world.begin(cancelled);
  await orchestrator.taskOf(cancelled);
  const { commandId, target } = cancelled;
  await orchestrator.cancel(world.siteId, [{ commandId, target, sequence: world.nextSequence(target) }]);
  expect(await orchestrator.outcomeOf(cancelled)).toEqual({ status: 'cancelled' });
  await hold.release();

  const start = await cluster.hold('vm.start', 'task');
  await world.begin(survivor);
  await orchestrator.taskOf(survivor);
  await agent.kill();
  await world.serve();
  await start.release();

  expect(await orchestrator.outcomeOf(survivor)).toMatchObject({ status: 'succeeded' });
  expect(await cluster.counters()).toMatchObject({ clones: 1, starts: 1 });
  await waitFor(() => orchestrator.pages.some(({ vms }) => vms.some((vm) => vm.vmId === vmId)));
});
