import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

const BASE = { name: 'base', description: 'taken by step 1', memory: false } as const;

export function describeSnapshots(under: SiteUnderTest): void {
  rule('HV-30', 'a snapshot is listed, and taking it again is a success', async () => {
    const vm = await under.vm().cloned();
    await under.hypervisor.createSnapshot(vm.ref, BASE, anOperation().operation);
    await under.hypervisor.createSnapshot(vm.ref, { ...BASE, name: 'later' }, anOperation().operation);
    const again = anOperation();
    await under.hypervisor.createSnapshot(vm.ref, BASE, again.operation);
    expect(again.intents).toEqual([]);
    const [base, later] = [...(await under.hypervisor.listSnapshots(vm.ref))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    expect(base).toMatchObject({ name: 'base', memory: false });
    expect(later).toMatchObject({ name: 'later', parent: 'base' });
  });

  rule('HV-31', 'a snapshot of that name which another operation took is not taken for ours', async () => {
    const vm = await under.vm().cloned();
    await under.hypervisor.createSnapshot(vm.ref, BASE, anOperation().operation);
    const other = { ...BASE, description: 'taken by step 2' };
    const take = under.hypervisor.createSnapshot(vm.ref, other, anOperation().operation);
    await expect(take).rejects.toMatchObject({ code: 'snapshot.name_taken', errorClass: 'permanent' });
  });

  rule('HV-32', 'a rollback brings the configuration back, keeps the mark and leaves the VM stopped', async () => {
    const vm = await under.vm().cloned();
    await under.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    await under.hypervisor.createSnapshot(vm.ref, BASE, anOperation().operation);
    await under.hypervisor.configure(vm.ref, vm.configureSpec({ memoryMiB: 512, nics: [] }), anOperation().operation);
    await under.hypervisor.start(vm.ref, anOperation().operation);
    for (const _ of ['first', 'again']) {
      await under.hypervisor.rollbackSnapshot(vm.ref, 'base', anOperation().operation);
      expect(await vm.observe()).toMatchObject({
        state: 'stopped',
        memoryMiB: 384,
        macs: [vm.nic().mac],
        mark: vm.ref.mark,
        parentSnapshot: 'base',
      });
    }
  });

  rule('HV-33', 'a rollback to a snapshot that does not exist says so', async () => {
    const vm = await under.vm().cloned();
    const rollback = under.hypervisor.rollbackSnapshot(vm.ref, 'nope', anOperation().operation);
    await expect(rollback).rejects.toMatchObject({ code: 'snapshot.not_found', errorClass: 'permanent' });
  });

  rule('HV-34', 'a deleted snapshot is gone, and deleting it again is a success', async () => {
    const vm = await under.vm().cloned();
    await under.hypervisor.createSnapshot(vm.ref, BASE, anOperation().operation);
    await under.hypervisor.deleteSnapshot(vm.ref, 'base', anOperation().operation);
    expect(await under.hypervisor.listSnapshots(vm.ref)).toEqual([]);
    const again = anOperation();
    await under.hypervisor.deleteSnapshot(vm.ref, 'base', again.operation);
    expect(again.intents).toEqual([]);
  });

  rule('HV-35', 'a snapshot with memory brings a running VM back, and is refused of a stopped one', async () => {
    if (!(await under.hypervisor.capabilities()).memorySnapshots) return;
    const vm = await under.vm().cloned();
    const memory = { ...BASE, name: 'ram', memory: true };
    const ofStopped = under.hypervisor.createSnapshot(vm.ref, memory, anOperation().operation);
    await expect(ofStopped).rejects.toMatchObject({ code: 'vm.not_running' });
    await under.hypervisor.start(vm.ref, anOperation().operation);
    await under.hypervisor.createSnapshot(vm.ref, memory, anOperation().operation);
    await under.hypervisor.stop(vm.ref, 0, anOperation().operation);
    await under.hypervisor.rollbackSnapshot(vm.ref, 'ram', anOperation().operation);
    expect(await vm.observe()).toMatchObject({ state: 'running', parentSnapshot: 'ram' });
  });

  rule('HV-37', 'of a paused VM the memory is kept too: its rollback lets the VM run', async () => {
    if (!(await under.hypervisor.capabilities()).memorySnapshots) return;
    const vm = await under.vm().running();
    await under.hypervisor.suspend(vm.ref, anOperation().operation);
    await under.hypervisor.createSnapshot(vm.ref, { ...BASE, memory: true }, anOperation().operation);
    expect(await vm.observe()).toMatchObject({ state: 'paused' });
    for (const end of ['stop', 'resume'] as const) {
      if (end === 'stop') await under.hypervisor.stop(vm.ref, 0, anOperation().operation);
      await under.hypervisor.rollbackSnapshot(vm.ref, 'base', anOperation().operation);
      await under.hypervisor.resume(vm.ref, anOperation().operation);
      expect(await vm.observe()).toMatchObject({ state: 'running', parentSnapshot: 'base' });
    }
  });

  rule(
    'HV-38',
    'a rollback brings back equal configuration, disks and NICs, whatever was changed in between',
    async () => {
      const vm = await under.vm().cloned();
      await under.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
      await under.hypervisor.createSnapshot(vm.ref, BASE, anOperation().operation);
      const record = await under.hypervisor.inspectVm(vm.ref, false);
      expect(record).toMatchObject({
        state: 'stopped',
        parentSnapshot: 'base',
        snapshots: ['base'],
        nics: [{ mac: vm.nic().mac, bridge: under.site.bridge, vlanTag: 21 }],
      });
      expect(record.guest).toBeUndefined();
      const changed = vm.configureSpec({ memoryMiB: 512, nics: [], description: 'another' });
      await under.hypervisor.configure(vm.ref, changed, anOperation().operation);
      expect((await under.hypervisor.inspectVm(vm.ref, false)).configDigest).not.toBe(record.configDigest);
      await under.hypervisor.rollbackSnapshot(vm.ref, 'base', anOperation().operation);
      expect(await under.hypervisor.inspectVm(vm.ref, false)).toEqual(record);
    },
  );

  rule('HV-36', 'a VM tells whether it can be snapshotted, and nothing is changed by that', async () => {
    const vm = await under.vm().cloned();
    const before = await vm.observe();
    expect(await under.hypervisor.canSnapshot(vm.ref)).toBe(true);
    expect(await under.hypervisor.listSnapshots(vm.ref)).toEqual([]);
    expect(await vm.observe()).toEqual(before);
  });
}
