import type { CommandEnvelope } from '@orion/contracts';
import { AgentWorld, MARK } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(async () => {
  await world.renew();
  await world.cluster.makeZone('ranges');
});

const serve = () => world.serve({ ...world.cluster.rootEnvironment, ORION_AGENT_SLOTS: '1' });
const target = (index: number) => ({
  ...{ name: 'lan', bridge: `onet${index}`, vlanTag: 5_000 + index },
  sdn: { zone: 'ranges', rangeId: MARK.rangeId },
});
const ensure = (index: number): CommandEnvelope =>
  world.command('network.ensure', { ...target(index), hosts: ['pve1', 'pve2'] });
const applies = async () => (await world.cluster.counters())['sdnApplies'];

test('networks of many ranges gather whatever the slots, and are applied together', async () => {
  await serve();
  const all = Array.from({ length: 10 }, (_, index) => index);

  const ensured = await Promise.all(all.map((index) => world.perform(ensure(index))));
  expect(ensured).toEqual(all.map(() => ({ status: 'succeeded', result: {} })));
  const removed = await Promise.all(all.map((index) => world.perform(world.command('network.remove', target(index)))));
  expect(removed).toEqual(all.map(() => ({ status: 'succeeded', result: {} })));

  expect(await applies()).toBeLessThanOrEqual(4);
  expect(await world.cluster.vnets()).toEqual([]);
});

test('an agent that is killed while networks are applied finds its task again, and applies once', async () => {
  const agent = await serve();
  const hold = await world.cluster.hold('sdn.apply', 'task');
  const command = await world.begin(ensure(1));
  await hold.reached();
  await world.orchestrator.taskOf(command);
  await agent.kill();

  await serve();
  await hold.release();

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'succeeded', result: {} });
  expect(await applies()).toBe(1);
});

test('an agent that is killed between making and applying applies what it finds', async () => {
  const agent = await serve();
  const hold = await world.cluster.hold('sdn.apply', 'request');
  const command = await world.begin(ensure(1));
  await hold.reached();
  await agent.kill();
  await hold.release();

  await serve();

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'succeeded', result: {} });
  expect(await world.cluster.vnets()).toEqual(['onet1']);
});

test('a cancelled network is not waited for by those that are applied with it', async () => {
  await serve();
  const hold = await world.cluster.hold('sdn.apply', 'task');
  const [first, second] = [await world.begin(ensure(1)), await world.begin(ensure(2))];
  await hold.reached();

  await world.orchestrator.cancel(world.siteId, [
    { commandId: first.commandId, target: first.target, sequence: world.nextSequence(first.target) },
  ]);
  await hold.release();

  expect(await world.orchestrator.outcomeOf(second)).toEqual({ status: 'succeeded', result: {} });
  expect((await world.orchestrator.outcomeOf(first)).status).toMatch(/succeeded|cancelled/);
});
