import type { VmRef } from '../port';
import { anOperation, type ConformanceVm } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

/** Every change of the port, on a VM. */
function changes(under: SiteUnderTest, vm: ConformanceVm, ref: VmRef): readonly (() => Promise<unknown>)[] {
  const { hypervisor } = under;
  const operation = (): ReturnType<typeof anOperation>['operation'] => anOperation().operation;
  return [
    () => hypervisor.configure(ref, vm.configureSpec({ memoryMiB: 640 }), operation()),
    () => hypervisor.start(ref, operation()),
    () => hypervisor.stop(ref, 0, operation()),
    () => hypervisor.createSnapshot(ref, { name: 'base', description: '', memory: false }, operation()),
    () => hypervisor.rollbackSnapshot(ref, 'base', operation()),
    () => hypervisor.deleteSnapshot(ref, 'base', operation()),
    () => hypervisor.guestExec(ref, { command: ['true'], timeoutMs: 1_000 }),
    () => hypervisor.guestWriteFile(ref, '/tmp/x', Buffer.from('x')),
    () => hypervisor.consoleTicket(ref),
  ];
}

export function describeOwnership(under: SiteUnderTest): void {
  rule('HV-40', 'nothing is changed on a VM that carries another mark', async () => {
    const vm = await under.vm().cloned();
    const before = await vm.observe();
    const ref = { ...vm.ref, mark: { ...vm.ref.mark, rangeId: '7f0c1d52-0000-4000-8000-0000000000bb' } };
    const destroy = () => under.hypervisor.destroy(ref, anOperation().operation);
    for (const change of [...changes(under, vm, ref), destroy]) {
      await expect(change()).rejects.toMatchObject({ code: 'vm.foreign', errorClass: 'permanent' });
    }
    expect(await vm.observe()).toEqual(before);
  });

  rule('HV-41', 'a change of a VM that does not exist says so', async () => {
    const vm = under.vm();
    for (const change of changes(under, vm, vm.ref)) {
      await expect(change()).rejects.toMatchObject({ code: 'vm.not_found', errorClass: 'permanent' });
    }
  });

  rule('HV-42', 'a mark is compared without regard to case', async () => {
    const vm = await under.vm().cloned();
    const mark = { ...vm.ref.mark, rangeId: vm.ref.mark.rangeId.toUpperCase(), node: vm.ref.mark.node.toUpperCase() };
    await under.hypervisor.start({ ...vm.ref, mark }, anOperation().operation);
    expect(await vm.observe()).toMatchObject({ state: 'running' });
  });

  rule('HV-43', 'a VM is found on whatever host it is', async () => {
    const vm = await under.vm().cloned();
    await under.hypervisor.start({ ...vm.ref, host: 'nowhere' }, anOperation().operation);
    expect(await under.hypervisor.observeVm(vm.ref.vmId, 'nowhere')).toMatchObject({ host: under.site.host });
  });
}
