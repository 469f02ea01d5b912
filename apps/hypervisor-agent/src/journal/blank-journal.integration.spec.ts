import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

test('an agent without a journal takes nothing until it has every sequence, and then finds the VM that it had begun', async () => {
  const first = await world.serve({}, 'lost journal');
  const hold = await world.cluster.hold('vm.clone', 'task');
  const vmId = world.newVmId();
  const open = await world.begin(world.clone(vmId));
  await hold.reached();
  await world.orchestrator.taskOf(open);
  await first.kill();

  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  const { target, sequence } = open;
  world.orchestrator.sequences = async ({ after }) => {
    await asked;
    return after === undefined
      ? { sequences: [{ target: 'net:office', sequence: 4 }], complete: false }
      : { sequences: [{ target, sequence: sequence - 1 }], complete: true };
  };
  const lives = world.orchestrator.registrations.length;
  await world.spawn({}, 'new journal');
  await waitFor(() => world.orchestrator.registrations.length > lives);
  const { sequenceRequests, registrations, heartbeats, generation } = world.orchestrator;
  await waitFor(() => sequenceRequests.at(-1)?.generation === generation);
  const again = { ...open, generation };

  expect(registrations.map(({ journalBlank }) => journalBlank)).toEqual([true, true]);
  expect(await world.orchestrator.command(again)).toMatchObject({ status: 'refused', code: 'agent.resyncing' });
  expect(heartbeats.filter((heartbeat) => heartbeat.generation === generation)).toEqual([]);
  answer();
  await waitFor(() => heartbeats.some((heartbeat) => heartbeat.generation === generation));

  expect(sequenceRequests.at(-1)).toMatchObject({ generation, after: 'net:office' });
  await world.begin(again);
  const other = { ...world.clone(vmId, { generation }), sequence };
  expect(await world.orchestrator.command(other)).toMatchObject({ code: 'command.stale_sequence' });
  await hold.release();
  expect(await world.orchestrator.outcomeOf(again)).toMatchObject({ status: 'succeeded', result: { vmId } });
  expect(await world.cluster.vmIds()).toEqual([vmId]);
  expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
});

test('an agent that knows its sequences asks for none', async () => {
  const first = await world.serve();
  const asked = world.orchestrator.sequenceRequests.length;
  await first.stop();

  await world.serve();

  expect(world.orchestrator.registrations.at(-1)).toMatchObject({ journalBlank: false });
  expect(world.orchestrator.sequenceRequests).toHaveLength(asked);
});
