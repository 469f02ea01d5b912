import type { Operation, VmRef } from '../port';
import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

export function describePower(under: SiteUnderTest): void {
  rule('HV-20', 'start runs the VM, and starting one that runs is a success', async () => {
    const vm = await under.vm().running();
    expect(await vm.observe()).toMatchObject({ state: 'running' });
    const again = anOperation();
    await under.hypervisor.start(vm.ref, again.operation);
    expect(again.intents).toEqual([]);
  });

  rule('HV-21', 'stop without grace is hard, and stopping a stopped VM is a success', async () => {
    const vm = await under.vm().running();
    expect(await under.hypervisor.stop(vm.ref, 0, anOperation().operation)).toEqual({ hard: true });
    expect(await vm.observe()).toMatchObject({ state: 'stopped' });
    const again = anOperation();
    expect(await under.hypervisor.stop(vm.ref, 0, again.operation)).toEqual({ hard: false });
    expect(again.intents).toEqual([]);
  });

  rule('HV-22', 'stop with grace leaves the VM stopped, whether its guest complies or not', async () => {
    const vm = await under.vm().running();
    await under.hypervisor.stop(vm.ref, 3_000, anOperation().operation);
    expect(await vm.observe()).toMatchObject({ state: 'stopped' });
  });

  rule('HV-23', 'destroy removes the VM, running or not, and its id is free again', async () => {
    const vm = await under.vm().running();
    await under.hypervisor.destroy(vm.ref, anOperation().operation);
    expect(await vm.observe()).toBeUndefined();
    await vm.cloned();
    await under.hypervisor.destroy(vm.ref, anOperation().operation);
    expect(await vm.observe()).toBeUndefined();
  });

  rule('HV-24', 'destroying a VM that is gone is a success', async () => {
    const again = anOperation();
    await under.hypervisor.destroy(under.vm().ref, again.operation);
    expect(again.intents).toEqual([]);
  });

  rule('HV-25', 'callers that start, or destroy, one VM at once all succeed', async () => {
    const vm = await under.vm().cloned();
    await Promise.all([1, 2].map(() => under.hypervisor.start(vm.ref, anOperation().operation)));
    expect(await vm.observe()).toMatchObject({ state: 'running' });
    await Promise.all([1, 2].map(() => under.hypervisor.destroy(vm.ref, anOperation().operation)));
    expect(await vm.observe()).toBeUndefined();
  });

  rule('HV-26', 'a suspended VM is paused until it is resumed; doing either again is a success', async () => {
    const { suspend, resume } = bound(under);
    const vm = await under.vm().running();
    for (const [act, state] of [
      [suspend, 'paused'],
      [resume, 'running'],
    ] as const) {
      await act(vm.ref, anOperation().operation);
      expect(await vm.observe()).toMatchObject({ state });
      const again = anOperation();
      await act(vm.ref, again.operation);
      expect(again.intents).toEqual([]);
    }
  });

  rule('HV-27', 'a VM that is off can be neither suspended nor resumed, and stays off', async () => {
    const vm = await under.vm().cloned();
    for (const act of Object.values(bound(under))) {
      await expect(act(vm.ref, anOperation().operation)).rejects.toMatchObject({ code: 'vm.not_running' });
      expect(await vm.observe()).toMatchObject({ state: 'stopped' });
    }
  });
}

type Act = (ref: VmRef, operation: Operation) => Promise<void>;

function bound({ hypervisor }: SiteUnderTest): { readonly suspend: Act; readonly resume: Act } {
  return {
    suspend: (ref, operation) => hypervisor.suspend(ref, operation),
    resume: (ref, operation) => hypervisor.resume(ref, operation),
  };
}
