import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

const CRASH = new Error('the caller crashed here');

export function describeOperations(under: SiteUnderTest): void {
  rule('HV-50', 'an intent that cannot be journaled stops the call before its effect', async () => {
    const vm = under.vm();
    const { operation } = anOperation({ onIntent: () => Promise.reject(CRASH) });
    await expect(under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, operation)).rejects.toBe(CRASH);
    expect(await vm.observe()).toBeUndefined();
  });

  rule('HV-51', 'each task is told before it is waited for, and can be observed by its handle', async () => {
    const vm = await under.vm().cloned();
    const { operation, intents, handles } = anOperation();
    await under.hypervisor.start(vm.ref, operation);
    expect(intents).toHaveLength(1);
    expect(handles).toHaveLength(1);
    const [handle = ''] = handles;
    expect(await under.hypervisor.observeTask(handle)).toEqual({ handle, state: 'succeeded' });
  });

  rule('HV-52', 'a caller that crashed after its task began finds one VM, by the task or without it', async () => {
    for (const knowsTask of [true, false]) {
      const vm = under.vm();
      const first = anOperation({ onTask: () => Promise.reject(CRASH) });
      await expect(under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, first.operation)).rejects.toBe(CRASH);
      const [handle = ''] = first.handles;
      const second = anOperation(knowsTask ? { resumeTask: handle } : {});
      const made = await under.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, second.operation);
      expect(made).toMatchObject({ state: 'stopped', mark: vm.ref.mark });
      expect(second.handles).toEqual([]);
    }
  });

  rule('HV-53', 'a task that nobody knows is lost, not failed', async () => {
    expect(await under.hypervisor.observeTask('no-such-task')).toMatchObject({ state: 'lost' });
    await under.hypervisor.cancelTask('no-such-task');
  });

  rule('HV-54', 'an aborted operation ends as cancelled, and leaves nothing or what it was to make', async () => {
    const vm = under.vm();
    const abort = new AbortController();
    const { operation } = anOperation({ signal: abort.signal, onTask: () => Promise.resolve(abort.abort()) });
    const clone = under.hypervisor.ensureCloned(vm.cloneSpec({ mode: 'full' }), vm.ref.mark, operation);
    await expect(clone).rejects.toMatchObject({ code: 'command.cancelled', errorClass: 'permanent' });
    await under.hypervisor.destroy(vm.ref, anOperation().operation);
    expect(await vm.observe()).toBeUndefined();
  });

  rule('HV-55', 'an operation that is aborted before it begins changes nothing', async () => {
    const vm = await under.vm().cloned();
    const { operation, intents } = anOperation({ signal: AbortSignal.abort() });
    await expect(under.hypervisor.start(vm.ref, operation)).rejects.toMatchObject({ code: 'command.cancelled' });
    expect(intents).toEqual([]);
    expect(await vm.observe()).toMatchObject({ state: 'stopped' });
  });

  rule('HV-56', 'an operation that is out of time has an unknown outcome', async () => {
    const vm = under.vm();
    const { operation } = anOperation({ timeoutMs: 1 });
    const clone = under.hypervisor.ensureCloned(vm.cloneSpec({ mode: 'full' }), vm.ref.mark, operation);
    await expect(clone).rejects.toMatchObject({ code: 'hypervisor.outcome_unknown', errorClass: 'unknown' });
  });
}
