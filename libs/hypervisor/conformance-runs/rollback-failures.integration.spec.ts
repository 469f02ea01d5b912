import { waitFor } from '@orion/testing';
import { anOperation, ConformanceVm } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

let site: SimulatedSite;
let used = 0;
beforeAll(async () => {
  site = await aSimulatedSite();
});
afterAll(() => site.close());

const BASE = { name: 'base', description: 'taken by step 1', memory: false } as const;
const run = () => anOperation().operation;
const rollbacks = async () => (await site.counters())['rollbacks'] ?? 0;
const roll = (vm: ConformanceVm, operation = run()) => site.hypervisor.rollbackSnapshot(vm.ref, 'base', operation);

/** With a snapshot of 384 MiB, and changed since. */
async function aChangedVm(): Promise<ConformanceVm> {
  used += 1;
  const vm = await new ConformanceVm(site, 4600 + used, `node-${used}`).cloned();
  await site.hypervisor.configure(vm.ref, vm.configureSpec(), run());
  await site.hypervisor.createSnapshot(vm.ref, BASE, run());
  await site.hypervisor.configure(vm.ref, vm.configureSpec({ memoryMiB: 512 }), run());
  return vm;
}

describe('a rollback', () => {
  test.each(['596AfterExecuting', 'dropConnectionAfterExecuting'] as const)(
    'whose answer was lost (%s) is followed by its task',
    async (kind) => {
      const vm = await aChangedVm();
      const before = await rollbacks();
      await site.fault({ operation: 'vm.rollback', kind, vmId: vm.ref.vmId, times: 1 });
      await roll(vm);
      expect(await vm.observe()).toMatchObject({ memoryMiB: 384, parentSnapshot: 'base' });
      expect(await rollbacks()).toBe(before + 1);
    },
  );

  test.each(['respond500AfterSuccess', 'loseUpid'] as const)(
    'whose task nobody knows (%s) never counts as done, and its repetition does it',
    async (kind) => {
      const vm = await aChangedVm();
      await site.fault({ operation: 'vm.rollback', kind, vmId: vm.ref.vmId, times: 1 });
      const begun = anOperation();
      const failure: unknown = await roll(vm, begun.operation).catch((error: unknown) => error);
      expect(failure).toMatchObject({ errorClass: expect.stringMatching(/retryable|unknown/) });
      const [resumeTask] = begun.handles;
      await roll(vm, anOperation(resumeTask === undefined ? {} : { resumeTask }).operation);
      expect(await vm.observe()).toMatchObject({ memoryMiB: 384, parentSnapshot: 'base' });
    },
  );

  test('whose task was journaled is not repeated when that succeeded, and repeated when it did not', async () => {
    const vm = await aChangedVm();
    const first = anOperation();
    await roll(vm, first.operation);
    const [resumeTask = ''] = first.handles;
    const before = await rollbacks();
    await roll(vm, anOperation({ resumeTask }).operation);
    expect(await rollbacks()).toBe(before);

    await site.fault({
      operation: 'vm.rollback',
      kind: 'taskFails',
      text: 'no space left',
      vmId: vm.ref.vmId,
      times: 1,
    });
    const failing = anOperation();
    await expect(roll(vm, failing.operation)).rejects.toMatchObject({ errorClass: 'retryable' });
    await roll(vm, anOperation({ resumeTask: failing.handles[0] ?? '' }).operation);
    expect(await rollbacks()).toBe(before + 1);
  });

  test('whose host restarts in the middle is repeated to its end', async () => {
    const vm = await aChangedVm();
    const hold = await site.hold({ operation: 'vm.rollback', phase: 'task', vmId: vm.ref.vmId });
    const begun = anOperation();
    const rollback = expect(roll(vm, begun.operation)).rejects.toMatchObject({ errorClass: 'unknown' });
    await hold.reached();
    await site.restartHost('pve1');
    await rollback;
    await site.changeVm(vm.ref.vmId, { config: { lock: null } });
    await waitFor(async () => (await site.hypervisor.listHosts()).every(({ online }) => online));
    await roll(vm, anOperation({ resumeTask: begun.handles[0] ?? '' }).operation);
    expect(await vm.observe()).toMatchObject({ state: 'stopped', memoryMiB: 384 });
  });

  test('of a locked VM waits, then is a conflict that changes nothing', async () => {
    const vm = await aChangedVm();
    await site.changeVm(vm.ref.vmId, { config: { lock: 'backup' } });
    const rollback = anOperation();
    await expect(roll(vm, rollback.operation)).rejects.toMatchObject({ code: 'hypervisor.locked' });
    expect(rollback.intents).toEqual([]);
    await site.changeVm(vm.ref.vmId, { config: { lock: null } });
    await roll(vm);
  });

  test('to a snapshot that somebody removes at that moment says so', async () => {
    const vm = await aChangedVm();
    const removed = anOperation({
      onIntent: () => site.changeVm(vm.ref.vmId, { snapshots: { base: null } }),
    });
    await expect(roll(vm, removed.operation)).rejects.toMatchObject({
      code: 'snapshot.not_found',
      errorClass: 'permanent',
    });
  });
});

describe('clocks of guests', () => {
  const awake = async () => {
    const vm = await aChangedVm();
    await site.hypervisor.start(vm.ref, run());
    await waitFor(() => site.hypervisor.guestPing(vm.ref));
    return vm;
  };

  test('that refuse to be set to a time say so', async () => {
    const vm = await awake();
    const refused = { exitCode: 1 };
    await site.changeVm(vm.ref.vmId, { guest: { programs: { date: refused, chronyc: refused } } });
    expect(await site.hypervisor.setGuestClock(vm.ref, 'linux')).toBe(false);
    await site.changeVm(vm.ref.vmId, { guest: { programs: { date: refused } } });
    expect(await site.hypervisor.setGuestClock(vm.ref, 'linux')).toBe(true);
  });
});
