import { anOperation, ConformanceVm } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

let site: SimulatedSite;
let used = 0;
beforeAll(async () => {
  site = await aSimulatedSite();
});
afterAll(() => site.close());

const aVm = (): ConformanceVm => new ConformanceVm(site, 4500 + (used += 1), `node-${used}`);
const run = () => anOperation().operation;
const clone = (vm: ConformanceVm, operation = run()) =>
  site.hypervisor.ensureCloned(vm.cloneSpec(), vm.ref.mark, operation);
const clonesMade = async (act: () => Promise<unknown>): Promise<number> => {
  const before = (await site.counters())['clones'] ?? 0;
  await act();
  return ((await site.counters())['clones'] ?? 0) - before;
};

describe('a lost answer', () => {
  test.each(['596AfterExecuting', 'dropConnectionAfterExecuting', 'respond500AfterSuccess'] as const)(
    'to a clone (%s) leaves one VM, which is found and marked',
    async (kind) => {
      const vm = aVm();
      await site.fault({ operation: 'vm.clone', kind, times: 1 });
      expect(await clonesMade(() => clone(vm))).toBe(1);
      expect(await vm.observe()).toMatchObject({ state: 'stopped', mark: vm.ref.mark });
    },
  );

  test.each(['596BeforeExecuting', 'dropConnection'] as const)(
    'to a clone that was never made (%s) is unknown, and the repetition makes one',
    async (kind) => {
      const vm = aVm();
      await site.fault({ operation: 'vm.clone', kind, times: 1 });
      await expect(clone(vm)).rejects.toMatchObject({ code: 'hypervisor.outcome_unknown', errorClass: 'unknown' });
      expect(await clonesMade(() => clone(vm))).toBe(1);
    },
  );

  test.each(['vm.start', 'vm.stop', 'vm.destroy', 'vm.config', 'vm.snapshot'])(
    'to %s is followed to its effect',
    async (operation) => {
      const vm = await aVm().cloned();
      if (operation === 'vm.stop') await site.hypervisor.start(vm.ref, run());
      await site.fault({ operation: `${operation}*`, kind: '596AfterExecuting', vmId: vm.ref.vmId, times: 1 });
      await site.fault({ operation, kind: '596AfterExecuting', vmId: vm.ref.vmId, times: 1 });
      switch (operation) {
        case 'vm.start':
          return site.hypervisor.start(vm.ref, run());
        case 'vm.stop':
          await site.hypervisor.stop(vm.ref, 0, run());
          return;
        case 'vm.destroy':
          return site.hypervisor.destroy(vm.ref, run());
        case 'vm.snapshot':
          return site.hypervisor.createSnapshot(vm.ref, { name: 'base', description: 'a', memory: false }, run());
        default:
          await site.hypervisor.configure(vm.ref, vm.configureSpec(), run());
      }
    },
  );
});
