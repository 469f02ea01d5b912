import { waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

test.each([
  ['before its task has a name', 'response'],
  ['while its task runs', 'task'],
  ['when its task has done everything but end', 'task-end'],
] as const)('an agent that is killed mid-clone, %s, goes on with it: one clone, one VM', async (_, phase) => {
  const agent = await world.serve();
  const hold = await world.cluster.hold('vm.clone', phase);
  const vmId = world.newVmId();
  const command = await world.begin(world.clone(vmId));
  await hold.reached();
  if (phase !== 'response') await world.orchestrator.taskOf(command);
  await agent.kill();

  await world.serve();
  await hold.release();

  expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded', result: { vmId } });
  expect(await world.cluster.vmIds()).toEqual([vmId]);
  expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
  expect(await world.cluster.calls('POST', '/clone')).toBe(1);
});

test.each([
  ['before their tasks have names', 'response'],
  ['when their tasks have done everything but end', 'task-end'],
] as const)('commands of every kind that an agent was killed with, %s, take effect once', async (_, phase) => {
  const agent = await world.serve();
  const [started, kept, stopped, gone] = await Promise.all([world.aVm(), world.aVm(), world.aVm(), world.aVm()]);
  await world.cluster.powerOn(stopped);
  const at = (vmId: number) => ({ vmId, host: 'pve1' });
  const commands = [
    world.command('vm.start', at(started)),
    world.command('vm.snapshot', { ...at(kept), name: 'clean', description: 'as deployed', memory: false }),
    world.command('vm.stop', { ...at(stopped), graceMs: 0 }),
    world.command('vm.destroy', at(gone)),
  ];
  const holds = await Promise.all(commands.map(({ kind }) => world.cluster.hold(kind, phase)));
  await Promise.all(commands.map((command) => world.begin(command)));
  await Promise.all(holds.map((hold) => hold.reached()));
  await agent.kill();

  await world.serve();
  await Promise.all(holds.map((hold) => hold.release()));

  for (const command of commands) {
    expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
  }
  expect(await world.cluster.counters()).toMatchObject({ starts: 1, snapshots: 1, stops: 1, destroys: 1 });
  expect(await world.cluster.vm(started)).toMatchObject({ status: 'running' });
  expect(await world.cluster.vm(kept)).toMatchObject({ snapshots: [{ name: 'clean' }] });
  expect(await world.cluster.vm(stopped)).toMatchObject({ status: 'stopped' });
  expect(await world.cluster.vm(gone)).toBeUndefined();
});

test('after a crash the heartbeats name the task that is waited for', async () => {
  const agent = await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const { commandId } = await world.begin(world.clone(world.newVmId()));
  const handle = await world.orchestrator.taskOf({ commandId });
  await agent.kill();

  await world.serve();

  const { heartbeats, generation } = world.orchestrator;
  const first = heartbeats.find((heartbeat) => heartbeat.generation === generation);
  expect(first).toMatchObject({ running: [{ commandId, handle }] });
  await hold.release();
  expect(await world.orchestrator.outcomeOf({ commandId })).toMatchObject({ status: 'succeeded' });
});

test('an outcome that was journaled is told after a crash, and the command does not run again', async () => {
  const agent = await world.serve();
  world.orchestrator.losesReplyTo = ({ fact }) => fact.type === 'ended';
  const command = await world.begin(world.clone(world.newVmId()));
  const outcome = await world.orchestrator.outcomeOf(command);
  await agent.kill();
  const told = world.orchestrator.eventsOf(command.commandId).length;
  world.orchestrator.losesReplyTo = () => false;

  await world.serve();

  await waitFor(() => world.orchestrator.eventsOf(command.commandId).length > told);
  expect(await world.orchestrator.command({ ...command, generation: world.orchestrator.generation })).toEqual({
    status: 'known',
    outcome,
  });
  expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
});

test('that an id is taken by a hidden VM is told with whether an earlier life may have begun a clone there', async () => {
  const agent = await world.serve();
  const [at, again] = [world.newVmId(), world.newVmId()];
  await Promise.all([at, again].map((vmId) => world.cluster.hiddenVm(vmId)));
  const error = (facts: object) => ({ status: 'failed', error: { code: 'vm.id_taken', class: 'permanent', facts } });
  expect(await world.perform(world.clone(at))).toMatchObject(error({ seen: false }));
  expect(await world.perform(world.clone(at))).not.toMatchObject(error({ resumed: true }));

  const hold = await world.cluster.hold('cluster.nextid', 'request');
  const command = await world.begin(world.clone(again));
  await hold.reached();
  await agent.kill();
  await hold.release();
  await world.serve();

  expect(await world.orchestrator.outcomeOf(command)).toMatchObject(error({ seen: false, resumed: true }));
});
