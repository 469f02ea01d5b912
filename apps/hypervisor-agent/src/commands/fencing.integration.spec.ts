import { randomUUID } from 'node:crypto';
import type { CommandEnvelope } from '@orion/contracts';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
  await world.serve();
});

/** Sends a command that must be refused with a code, and expects that the site looks as before. */
async function expectRefusal(command: CommandEnvelope, code: string): Promise<void> {
  const before = await world.cluster.counters();
  expect(await world.orchestrator.command(command)).toMatchObject({ status: 'refused', code });
  expect(await world.cluster.counters()).toEqual(before);
  expect(world.orchestrator.eventsOf(command.commandId)).toEqual([]);
}

test('a command with a lower sequence than its target has seen is refused and touches nothing', async () => {
  const vmId = world.newVmId();
  const late = world.clone(vmId);
  expect(await world.perform(world.command('vm.destroy', { vmId, host: 'pve1' }))).toMatchObject({
    status: 'succeeded',
  });

  await expectRefusal(late, 'command.stale_sequence');
  expect(await world.cluster.vm(vmId)).toBeUndefined();
});

test('a command that its cancellation has overtaken is refused', async () => {
  const late = world.clone(world.newVmId());
  const { target, commandId } = late;
  const cancellation = { commandId, target, sequence: world.nextSequence(target) };

  expect(await world.orchestrator.cancel(world.siteId, [cancellation])).toEqual({ received: 1 });

  await expectRefusal(late, 'command.stale_sequence');
});

test('a cancellation of another generation fences nothing', async () => {
  const command = world.clone(world.newVmId());
  const { target, commandId } = command;
  const { generation } = world.orchestrator;

  const reply = await world.orchestrator.cancel(world.siteId, [{ commandId, target, sequence: 9 }], generation - 1);

  expect(reply).toEqual({ received: 0 });
  expect(await world.perform(command)).toMatchObject({ status: 'succeeded' });
});

test('a command past its expiry, of another generation or of an unknown version is refused', async () => {
  const vmId = world.newVmId();
  const { generation } = world.orchestrator;
  await expectRefusal(world.clone(vmId, { expiresAt: new Date(0).toISOString() }), 'command.expired');
  await expectRefusal(world.clone(vmId, { generation: generation - 1 }), 'agent.generation_mismatch');
  await expectRefusal(world.clone(vmId, { version: 2 }), 'command.kind_unknown');
});

test('a VM without our mark is neither changed nor destroyed nor taken for ours', async () => {
  const vm = { vmId: world.newVmId(), host: 'pve1' };
  await world.cluster.makeVm(vm.vmId, { name: 'foreign', tags: 'somebody' });
  const before = await world.cluster.vm(vm.vmId);
  const settings = { name: 'web', cpus: 2, memoryMiB: 1_024, nics: [], description: '', guestAgent: true };
  const foreign = { status: 'failed', error: { code: 'vm.foreign', class: 'permanent' } };

  for (const command of [
    world.command('vm.configure', { ...vm, ...settings }),
    world.command('vm.start', vm),
    world.command('vm.snapshot', { ...vm, name: 'clean', description: '', memory: false }),
    world.command('vm.stop', { ...vm, graceMs: 0 }),
    world.command('vm.destroy', vm),
  ]) {
    expect(await world.perform(command)).toMatchObject(foreign);
  }
  expect(await world.perform(world.clone(vm.vmId))).toMatchObject({ error: { code: 'vm.id_taken' } });

  expect(await world.cluster.vm(vm.vmId)).toEqual(before);
});

test('a VM that lost its mark is not ours any more', async () => {
  const vm = { vmId: await world.aVm(), host: 'pve1' };
  await world.cluster.changeVm(vm.vmId, { tags: null, description: null });

  expect(await world.perform(world.command('vm.destroy', vm))).toMatchObject({ error: { code: 'vm.foreign' } });

  expect(await world.cluster.vm(vm.vmId)).toBeDefined();
});

test('a command of another node does not destroy the VM of this one', async () => {
  const vm = { vmId: await world.aVm(), host: 'pve1' };
  const mark = { installation: 'lab', tenantId: randomUUID(), rangeId: randomUUID(), node: 'web' };

  const outcome = await world.perform(world.command('vm.destroy', vm, { mark }));

  expect(outcome).toMatchObject({ error: { code: 'vm.foreign' } });
  expect(await world.cluster.vm(vm.vmId)).toBeDefined();
});
