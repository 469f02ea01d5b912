import type { HypervisorError } from '../src';
import { anOperation, ConformanceVm } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

const ATTEMPTS = 40;
let site: SimulatedSite;
beforeAll(async () => {
  site = await aSimulatedSite({ factor: 0.01 });
});
afterAll(() => site.close());

/** As the orchestrator does: the same call again, unless it can never succeed. */
async function untilDone(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if ((error as HypervisorError).errorClass === 'permanent' || attempt === ATTEMPTS) throw error;
    }
  }
}

test('with a fifth of all changes failing, repetition makes each VM once, as it should be, and leaves nothing', async () => {
  const faults = [
    'dropConnection',
    'dropConnectionAfterExecuting',
    'respond500AfterSuccess',
    '596AfterExecuting',
  ] as const;
  for (const operation of ['vm.clone', 'vm.configure', 'vm.start', 'vm.snapshot', 'vm.destroy', 'vm.stop']) {
    for (const kind of faults) await site.fault({ operation, kind, probability: 0.05, seed: `${operation} ${kind}` });
    await site.fault({ operation, kind: 'loseUpid', probability: 0.05, seed: operation });
  }
  const hypervisor = site.adapter({ timeouts: { settleMs: 300, lockMs: 1_000 } });
  const vms = Array.from({ length: 8 }, (_, index) => new ConformanceVm(site, 4100 + index, `node-${index}`));
  const run = () => anOperation().operation;

  await Promise.all(
    vms.map(async (vm) => {
      await untilDone(() => hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, run()));
      await untilDone(() => hypervisor.configure(vm.ref, vm.configureSpec(), run()));
      await untilDone(() =>
        hypervisor.createSnapshot(vm.ref, { name: 'base', description: vm.name, memory: false }, run()),
      );
      await untilDone(() => hypervisor.start(vm.ref, run()));
    }),
  );

  expect((await site.requests()).filter(({ status }) => status === 'dropped').length).toBeGreaterThan(3);
  expect((await site.counters())['clones']).toBe(vms.length);
  expect((await site.counters())['snapshots']).toBe(vms.length);
  const listed = await hypervisor.listVms({ first: 4100, last: 4199 });
  expect(listed.map(({ name, state, nics }) => ({ name, state, nics }))).toEqual(
    vms.map(({ name }) => ({ name, state: 'running', nics: [{ bridge: 'vmbr1', vlanTag: 21 }] })),
  );

  await Promise.all(vms.map((vm) => untilDone(() => hypervisor.destroy(vm.ref, run()))));
  expect(await hypervisor.listVms({ first: 4100, last: 4199 })).toEqual([]);
});
