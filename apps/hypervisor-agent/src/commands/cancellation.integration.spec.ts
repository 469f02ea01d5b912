import type { Cancellation, CommandEnvelope } from '@orion/contracts';
import { waitFor } from '@orion/testing';
import type { Hold } from '../testing/simulated-cluster.fixture';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

/** What the orchestrator says to end a command. */
function cancellationOf({ commandId, target }: CommandEnvelope): Cancellation {
  return { commandId, target, sequence: world.nextSequence(target) };
}

test('a clone that is cancelled half-way is stopped at Proxmox and leaves no VM', async () => {
  await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));
  await hold.reached();
  await world.orchestrator.taskOf(command);

  await world.orchestrator.cancel(world.siteId, [cancellationOf(command)]);

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'cancelled' });
  expect(await world.cluster.runningTasks()).toEqual([]);
  expect(await world.cluster.vmIds()).toEqual([]);
});

test('a cancellation that came with the answer to a heartbeat counts as well, and again', async () => {
  await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));
  await hold.reached();
  await world.orchestrator.taskOf(command);

  world.orchestrator.cancellations = [cancellationOf(command)];

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'cancelled' });
  expect(await world.cluster.vmIds()).toEqual([]);
});

test('a command that is cancelled while it waits for a slot ends at once', async () => {
  await world.serve({ ORION_AGENT_SLOTS: '1' });
  const hold = await world.cluster.hold('vm.clone', 'task');
  const first = await world.begin(world.clone(world.newVmId()));
  await hold.reached();
  const second = await world.begin(world.clone(world.newVmId()));
  // It tells so right before it gets in line.
  await waitFor(() => world.orchestrator.facts(second.commandId).length > 0);

  await world.orchestrator.cancel(world.siteId, [cancellationOf(second)]);

  expect(await world.orchestrator.outcomeOf(second)).toEqual({ status: 'cancelled' });
  await hold.release();
  expect(await world.orchestrator.outcomeOf(first)).toMatchObject({ status: 'succeeded' });
  expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
});

test('waiting for a guest takes no slot, and ends when it is told to', async () => {
  await world.serve({ ORION_AGENT_SLOTS: '1' });
  const vmId = await world.aVm();
  await world.cluster.powerOn(vmId, true);
  const ready = await world.begin(world.command('vm.ready', { vmId, host: 'pve1', guestAgent: true }));
  await waitFor(() => world.orchestrator.facts(ready.commandId).length > 0);

  expect(await world.perform(world.clone(world.newVmId()))).toMatchObject({ status: 'succeeded' });
  await world.orchestrator.cancel(world.siteId, [cancellationOf(ready)]);

  expect(await world.orchestrator.outcomeOf(ready)).toEqual({ status: 'cancelled' });
});

test('a newer command on the same VM ends the older one, and begins when that has ended', async () => {
  await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const clone = await world.begin(world.clone(world.newVmId()));
  await hold.reached();
  await world.orchestrator.taskOf(clone);

  const destroyed = await world.perform(
    world.command('vm.destroy', { vmId: Number(clone.target.slice('vm:'.length)), host: 'pve1' }),
  );

  expect(destroyed).toMatchObject({ status: 'succeeded' });
  expect(await world.orchestrator.outcomeOf(clone)).toEqual({ status: 'cancelled' });
  expect(await world.cluster.vmIds()).toEqual([]);
});

test('a command whose time is over is stopped, and says that its outcome is not known', async () => {
  await world.serve();
  await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId(), { timeoutMs: 300 }));

  expect(await world.orchestrator.outcomeOf(command)).toMatchObject({
    status: 'failed',
    error: { code: 'step.timeout', class: 'unknown' },
  });
  expect(await world.cluster.runningTasks()).toEqual([]);
  expect(await world.cluster.vmIds()).toEqual([]);
});

test('a cancellation outlives the agent: its next life stops the task and sees it stop', async () => {
  const agent = await world.serve();
  const clone = await world.cluster.hold('vm.clone', 'task');
  const stop = await world.cluster.hold('task.abort', 'request');
  const command = await world.begin(world.clone(world.newVmId()));
  await clone.reached();
  await world.orchestrator.taskOf(command);
  await world.orchestrator.cancel(world.siteId, [cancellationOf(command)]);
  await stop.reached();
  await agent.kill();

  const nextStop = await world.cluster.hold('task.abort', 'request');
  await world.serve();
  await nextStop.reached();
  // The stop of the first life is dropped with its connection; that of the second one has not been let through.
  await expect(
    waitFor(() => world.orchestrator.facts(command.commandId).at(-1)?.type === 'ended', { timeoutMs: 200 }),
  ).rejects.toThrow('in vain');
  await nextStop.release();

  expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'cancelled' });
  expect(await world.cluster.runningTasks()).toEqual([]);
  expect(await world.cluster.vmIds()).toEqual([]);
});

describe('a clone whose answer the agent did not live to hear, and whose VM does not show yet', () => {
  async function leaveBehind(): Promise<{ readonly command: CommandEnvelope; readonly hold: Hold }> {
    const agent = await world.serve();
    const answer = await world.cluster.hold('vm.clone', 'response');
    const hold = await world.cluster.hold('vm.clone', 'task');
    const command = await world.begin(world.clone(world.newVmId()));
    await Promise.all([hold.reached(), answer.reached()]);
    await agent.kill();
    await answer.release();
    return { command, hold };
  }

  test('is stopped by the next life of the agent when nobody wants it any more', async () => {
    const { command, hold } = await leaveBehind();
    await world.serve();

    await world.orchestrator.cancel(world.siteId, [cancellationOf(command)]);

    expect(await world.orchestrator.outcomeOf(command)).toEqual({ status: 'cancelled' });
    expect(await world.cluster.runningTasks()).toEqual([]);
    await hold.release();
    expect(await world.cluster.vmIds()).toEqual([]);
  });

  test('is gone on with, not repeated', async () => {
    const { command, hold } = await leaveBehind();
    const looks = await world.cluster.hold('task.list', 'response');
    await world.serve();
    await looks.reached();
    await looks.release();

    await hold.release();

    expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
    expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
  });
});
