import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
  await world.serve();
});

test('facts whose answers get lost are repeated with their numbers, in order, until they are answered', async () => {
  const { orchestrator } = world;
  const lost = new Map<number, number>();
  orchestrator.losesReplyTo = ({ number }) => {
    lost.set(number, (lost.get(number) ?? 0) + 1);
    return (lost.get(number) ?? 0) <= 2;
  };
  const command = await world.begin(world.clone(world.newVmId()));
  await waitFor(() => lost.get(3) === 3);

  const events = orchestrator.eventsOf(command.commandId);
  expect(events.map(({ number, fact }) => `${number} ${fact.type}`)).toEqual([
    ...Array<string>(3).fill('1 started'),
    ...Array<string>(3).fill('2 task'),
    ...Array<string>(3).fill('3 ended'),
  ]);
  for (const number of [1, 2, 3]) {
    const [first, ...repetitions] = events.filter((event) => event.number === number);
    for (const repetition of repetitions) expect(repetition).toEqual(first);
  }
});

test('a command whose facts nobody answers does not keep those of another one back', async () => {
  const unheard = world.clone(world.newVmId());
  world.orchestrator.losesReplyTo = ({ commandId }) => commandId === unheard.commandId;
  await world.begin(unheard);

  expect(await world.perform(world.clone(world.newVmId()))).toMatchObject({ status: 'succeeded' });

  expect(world.orchestrator.facts(unheard.commandId)).toEqual([{ type: 'started' }]);
  world.orchestrator.behave();
  expect(await world.orchestrator.outcomeOf(unheard)).toMatchObject({ status: 'succeeded' });
});
