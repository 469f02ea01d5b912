import type { CommandEnvelope, CommandKind } from '@orion/contracts';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
  await world.serve();
});

test('a VM lives from its clone to its end, and each command tells its facts in order', async () => {
  const vm = { vmId: world.newVmId(), host: 'pve1' };
  const life: CommandEnvelope[] = [
    world.clone(vm.vmId),
    world.command('vm.configure', {
      ...vm,
      ...{ name: 'web', cpus: 2, memoryMiB: 1_024, nics: [], description: 'a web server', guestAgent: true },
    }),
    world.command('vm.start', vm),
    world.command('vm.ready', { ...vm, guestAgent: true }),
    world.command('vm.snapshot', { ...vm, name: 'clean', description: 'as deployed', memory: false }),
    world.command('vm.stop', { ...vm, graceMs: 0 }),
  ];
  const results: Partial<Record<CommandKind, unknown>> = {};
  for (const command of life) results[command.kind] = await world.perform(command);

  expect(results).toMatchObject({
    'vm.clone': { status: 'succeeded', result: vm },
    'vm.configure': { status: 'succeeded', result: { configDigest: expect.any(String) } },
    'vm.start': { status: 'succeeded', result: { state: 'running' } },
    'vm.ready': { status: 'succeeded' },
    'vm.snapshot': { status: 'succeeded', result: { name: 'clean' } },
    'vm.stop': { status: 'succeeded', result: { state: 'stopped', hard: true } },
  });
  expect(await world.cluster.vm(vm.vmId)).toMatchObject({ status: 'stopped', snapshots: [{ name: 'clean' }] });
  for (const command of life) {
    const numbers = world.orchestrator.eventsOf(command.commandId).map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    expect(world.orchestrator.facts(command.commandId).at(-1)).toMatchObject({
      type: 'ended',
      tookMs: expect.any(Number),
    });
  }

  expect(await world.perform(world.command('vm.destroy', vm))).toEqual({ status: 'succeeded', result: {} });
  expect(await world.cluster.vm(vm.vmId)).toBeUndefined();
});

test('a command that comes twice runs once, and is answered with its outcome', async () => {
  const command = world.clone(world.newVmId());
  const { clones: before = 0 } = await world.cluster.counters();

  const acks = await Promise.all([world.orchestrator.command(command), world.orchestrator.command(command)]);
  const outcome = await world.orchestrator.outcomeOf(command);

  expect(acks).toEqual([{ status: 'accepted' }, { status: expect.stringMatching(/accepted|known/) }]);
  expect(await world.orchestrator.command(command)).toEqual({ status: 'known', outcome });
  expect((await world.cluster.counters())['clones']).toBe(before + 1);
});
