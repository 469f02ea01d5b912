import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
  await world.serve();
});

test('facts whose answers get lost are repeated as they were, until a later one takes their place or they are answered', async () => {
  const { orchestrator } = world;
  const lost = new Map<number, number>();
  orchestrator.losesReplyTo = ({ number }) => {
    lost.set(number, (lost.get(number) ?? 0) + 1);
    return (lost.get(number) ?? 0) <= 2;
  };
  const command = await world.begin(world.clone(world.newVmId()));
  await waitFor(() => lost.get(3) === 3);

  const events = orchestrator.eventsOf(command.commandId);
  const numbers = events.map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort());
  expect(events.at(-1)).toMatchObject({ number: 3, fact: { type: 'ended' } });
  for (const number of new Set(numbers)) {
    const [first, ...repetitions] = events.filter((event) => event.number === number);
    for (const repetition of repetitions) expect(repetition).toEqual(first);
  }
});

test('while a command waits for its task, the task is told in place of its start', async () => {
  const hold = await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));

  await world.orchestrator.taskOf(command);
  expect(world.orchestrator.facts(command.commandId).at(-1)).toMatchObject({ type: 'task' });
  await hold.release();
  expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
});

test('a command whose facts nobody answers does not keep those of another one back', async () => {
  const unheard = world.clone(world.newVmId());
  world.orchestrator.losesReplyTo = ({ commandId }) => commandId === unheard.commandId;
  await world.begin(unheard);

  expect(await world.perform(world.clone(world.newVmId()))).toMatchObject({ status: 'succeeded' });

  expect(world.orchestrator.eventsOf(unheard.commandId)).not.toEqual([]);
  world.orchestrator.behave();
  expect(await world.orchestrator.outcomeOf(unheard)).toMatchObject({ status: 'succeeded' });
});
