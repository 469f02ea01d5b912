import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

export function describeClones(under: SiteUnderTest): void {
  rule('HV-01', 'a clone is stopped and carries its mark, in its own view and in the inventory', async () => {
    const vm = under.vm();
    const made = await under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, anOperation().operation);
    expect(made).toMatchObject({ vmId: vm.ref.vmId, state: 'stopped', template: false, mark: vm.ref.mark });
    const listed = await under.hypervisor.listVms({ first: vm.ref.vmId, last: vm.ref.vmId });
    expect(listed.find(({ vmId }) => vmId === vm.ref.vmId)).toMatchObject({ name: vm.name, mark: vm.ref.mark });
  });

  rule('HV-02', 'cloning again returns the same VM and changes nothing', async () => {
    const vm = await under.vm().cloned();
    const before = await vm.observe();
    const again = anOperation();
    expect(await under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, again.operation)).toEqual(before);
    expect(again.intents).toEqual([]);
  });

  rule('HV-03', 'an id that belongs to another VM is not cloned into, and that VM stays as it is', async () => {
    const vm = under.vm();
    await under.site.makeForeignVm(vm.ref.vmId);
    const clone = under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, anOperation().operation);
    await expect(clone).rejects.toMatchObject({ code: 'vm.id_taken', errorClass: 'permanent' });
    const destroy = under.hypervisor.destroy(vm.ref, anOperation().operation);
    await expect(destroy).rejects.toMatchObject({ code: 'vm.foreign', facts: { seen: true } });
  });

  rule('HV-04', 'a template that does not exist is named, and nothing is made', async () => {
    const vm = under.vm();
    const spec = vm.cloneSpec({ templateVmId: under.site.vmIds.last });
    const clone = under.hypervisor.ensureCloned(spec, vm.ref.mark, anOperation().operation);
    await expect(clone).rejects.toMatchObject({ code: 'template.not_found', errorClass: 'permanent' });
    expect(await vm.observe()).toBeUndefined();
  });

  rule('HV-05', 'two callers that clone the same VM at once make one', async () => {
    const vm = under.vm();
    const [one, two] = await Promise.all(
      [1, 2].map(() => under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, anOperation().operation)),
    );
    expect(one?.macs).toEqual(two?.macs);
    expect(await vm.observe()).toMatchObject({ mark: vm.ref.mark });
  });

  rule('HV-06', 'a full clone is a VM like a linked one', async () => {
    const vm = under.vm();
    const spec = vm.cloneSpec({ mode: 'full' });
    const made = await under.hypervisor.ensureCloned(spec, vm.ref.mark, anOperation().operation);
    expect(made).toMatchObject({ state: 'stopped', mark: vm.ref.mark });
  });

  rule('HV-07', 'clones of one template side by side all come to be', async () => {
    const vms = Array.from({ length: 5 }, () => under.vm());
    const made = await Promise.all(vms.map((vm) => vm.cloned()));
    expect(await Promise.all(made.map((vm) => vm.observe()))).toMatchObject(vms.map(({ ref }) => ({ mark: ref.mark })));
  });
}
