import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

export function describeConfiguration(under: SiteUnderTest): void {
  rule('HV-10', 'configure sets name, CPUs, memory and NICs with bridge, VLAN tag and MAC', async () => {
    const vm = await under.vm().cloned();
    const spec = vm.configureSpec({ name: `${vm.name}-renamed` });
    expect(await under.hypervisor.configure(vm.ref, spec, anOperation().operation)).toMatchObject({
      name: spec.name,
      cpus: 2,
      memoryMiB: 384,
      macs: [vm.nic().mac],
      nics: [{ bridge: under.site.bridge, vlanTag: 21 }],
      mark: vm.ref.mark,
    });
  });

  rule('HV-11', 'configuring again with equal values changes nothing', async () => {
    const vm = await under.vm().cloned();
    const first = await under.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    const again = anOperation();
    const second = await under.hypervisor.configure(vm.ref, vm.configureSpec(), again.operation);
    expect(second.configDigest).toBe(first.configDigest);
    expect(again.intents).toEqual([]);
  });

  rule('HV-12', 'NICs that the specification lacks are removed, and new ones added', async () => {
    const vm = await under.vm().cloned();
    const none = await under.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [] }), anOperation().operation);
    expect(none.nics).toEqual([]);
    const nics = [21, 22, 23].map((vlanTag, index) =>
      vm.nic({ vlanTag, mac: `BC:24:11:0B:0${index}:${vm.nic().mac.slice(-2)}`, address: `10.2${index}.0.9/24` }),
    );
    const three = await under.hypervisor.configure(vm.ref, vm.configureSpec({ nics }), anOperation().operation);
    expect(three.nics.map(({ vlanTag }) => vlanTag)).toEqual([21, 22, 23]);
    expect(three.macs).toEqual(nics.map(({ mac }) => mac));
  });

  rule('HV-13', 'a disk grows to the size that is asked for, once, and never shrinks', async () => {
    const vm = await under.vm().cloned();
    const grow = anOperation();
    await under.hypervisor.configure(vm.ref, vm.configureSpec({ diskGiB: 20 }), grow.operation);
    expect(grow.intents.filter((intent) => intent.startsWith('grow'))).toHaveLength(1);
    const smaller = anOperation();
    await under.hypervisor.configure(vm.ref, vm.configureSpec({ diskGiB: 1 }), smaller.operation);
    expect(smaller.intents).toEqual([]);
  });

  rule('HV-14', 'callers that configure one VM at once all end with what they asked for', async () => {
    const vm = await under.vm().cloned();
    const spec = vm.configureSpec();
    await Promise.all([1, 2, 3].map(() => under.hypervisor.configure(vm.ref, spec, anOperation().operation)));
    expect(await vm.observe()).toMatchObject({ memoryMiB: spec.memoryMiB, macs: [vm.nic().mac] });
  });
}
