import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

const at = (vmId: number) => ({ vmId, host: 'pve1' });
const BASE = { name: 'base', description: 'as deployed', memory: false };

/** A VM that runs, with a snapshot of when it was off, of 1024 MiB and without the file. */
async function aChangedVm(): Promise<number> {
  const vmId = await world.aVm();
  expect(await world.perform(world.command('vm.snapshot', { ...at(vmId), ...BASE }))).toMatchObject({
    status: 'succeeded',
  });
  await world.cluster.changeVm(vmId, { memory: '2048' });
  await world.cluster.powerOn(vmId);
  return vmId;
}

test.each([
  ['before its task has a name', 'response'],
  ['while its task runs', 'task'],
  ['when its task has done everything but end', 'task-end'],
] as const)('a rollback whose agent is killed, %s, ends at the snapshot', async (_, phase) => {
  const agent = await world.serve();
  const vmId = await aChangedVm();
  const hold = await world.cluster.hold('vm.rollback', phase);
  const command = await world.begin(world.command('vm.rollback', { ...at(vmId), name: BASE.name }));
  await hold.reached();
  if (phase !== 'response') await world.orchestrator.taskOf(command);
  await agent.kill();

  await world.serve();
  await hold.release();

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'succeeded', result: { state: 'stopped' } });
  expect(await world.cluster.vm(vmId)).toMatchObject({
    status: 'stopped',
    lock: null,
    config: { memory: '1024', parent: BASE.name },
  });
});

test.each([
  ['before their tasks have names', 'response'],
  ['when their tasks have done everything but end', 'task-end'],
] as const)('the other steps of a reset that an agent was killed with, %s, take effect', async (_, phase) => {
  const agent = await world.serve();
  const [paused, resumed, freed] = await Promise.all([aChangedVm(), aChangedVm(), aChangedVm()]);
  expect(await world.perform(world.command('vm.suspend', at(resumed)))).toMatchObject({ status: 'succeeded' });
  const commands = [
    world.command('vm.suspend', at(paused)),
    world.command('vm.resume', at(resumed)),
    world.command('vm.unsnapshot', { ...at(freed), name: BASE.name }),
  ];
  const operations = ['vm.suspend', 'vm.resume', 'vm.delete-snapshot'];
  const holds = await Promise.all(operations.map((operation) => world.cluster.hold(operation, phase)));
  await Promise.all(commands.map((command) => world.begin(command)));
  await Promise.all(holds.map((hold) => hold.reached()));
  await agent.kill();

  await world.serve();
  await Promise.all(holds.map((hold) => hold.release()));

  for (const command of commands) {
    expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
  }
  expect(await world.cluster.vm(paused)).toMatchObject({ status: 'running', paused: true });
  expect(await world.cluster.vm(resumed)).toMatchObject({ status: 'running', paused: false });
  expect(await world.cluster.vm(freed)).toMatchObject({ snapshots: [] });
});
