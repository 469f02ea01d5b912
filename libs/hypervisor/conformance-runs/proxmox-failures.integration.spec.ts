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

  const changes: readonly (readonly [operation: string, act: (vm: ConformanceVm) => Promise<unknown>])[] = [
    ['vm.start', (vm) => site.hypervisor.start(vm.ref, run())],
    ['vm.stop', async (vm) => site.hypervisor.stop((await vm.running()).ref, 0, run())],
    ['vm.destroy', (vm) => site.hypervisor.destroy(vm.ref, run())],
    ['vm.configure', (vm) => site.hypervisor.configure(vm.ref, vm.configureSpec(), run())],
    ['vm.resize', (vm) => site.hypervisor.configure(vm.ref, vm.configureSpec({ diskGiB: 20 }), run())],
    ['vm.snapshot', (vm) => site.hypervisor.createSnapshot(vm.ref, BASE, run())],
    ['vm.suspend', async (vm) => site.hypervisor.suspend((await vm.running()).ref, run())],
    [
      'vm.resume',
      async (vm) => {
        await site.hypervisor.suspend((await vm.running()).ref, run());
        await site.hypervisor.resume(vm.ref, run());
      },
    ],
    [
      'vm.delete-snapshot',
      async (vm) => {
        await site.hypervisor.createSnapshot(vm.ref, BASE, run());
        await site.hypervisor.deleteSnapshot(vm.ref, BASE.name, run());
      },
    ],
  ];
  test.each(changes)('to %s is followed to its effect, which happens once', async (operation, act) => {
    const vm = await aVm().cloned();
    await site.fault({ operation, kind: '596AfterExecuting', vmId: vm.ref.vmId, times: 1 });
    await act(vm);
    const sent = (await site.requests()).filter(
      ({ path, status }) => path.includes(`/${vm.ref.vmId}`) && status === 596,
    );
    expect(sent).toHaveLength(1);
  });

  test('to a read is asked for again', async () => {
    await site.fault({ operation: 'version', kind: 'dropConnection', times: 2 });
    const hypervisor = site.adapter();
    expect(await hypervisor.capabilities()).toMatchObject({ version: '9.1.9' });
  });
});

describe('a task', () => {
  test('that reports a failure although its effect is there is a success', async () => {
    const vm = await aVm().cloned();
    await site.fault({ operation: 'vm.start', kind: 'startReportsFailureYetStarts', vmId: vm.ref.vmId });
    await site.hypervisor.start(vm.ref, run());
    expect(await vm.observe()).toMatchObject({ state: 'running' });
  });

  test('whose name nobody knows any more is judged by its effect', async () => {
    const vm = await aVm().cloned();
    await site.fault({ operation: 'vm.start', kind: 'loseUpid', vmId: vm.ref.vmId });
    await site.hypervisor.start(vm.ref, run());
    expect(await vm.observe()).toMatchObject({ state: 'running' });
  });

  test('that fails for a storage lock is tried again after a look', async () => {
    const vm = aVm();
    const text = "clone failed: can't lock file '/var/lock/pve-manager/pve-storage-shared' - got timeout";
    await site.fault({ operation: 'vm.clone', kind: 'taskFails', text });
    expect(await clonesMade(() => clone(vm))).toBe(1);
  });

  test('that fails with a text nobody foresaw tells it', async () => {
    const vm = await aVm().cloned();
    await site.fault({
      operation: 'vm.start',
      kind: 'taskFails',
      text: 'start failed: out of luck',
      vmId: vm.ref.vmId,
    });
    await expect(site.hypervisor.start(vm.ref, run())).rejects.toMatchObject({
      code: 'hypervisor.task_failed',
      message: expect.stringContaining('out of luck') as unknown,
    });
  });

  test('whose host restarts leaves the outcome open, and the repetition settles it', async () => {
    const vm = await aVm().cloned();
    const hold = await site.hold({ operation: 'vm.start', phase: 'task', vmId: vm.ref.vmId });
    const started = site.hypervisor.start(vm.ref, run()).catch((error: unknown) => error);
    await hold.reached();
    await site.restartHost(vm.ref.host);
    expect(await started).toMatchObject({ code: 'hypervisor.host_restarted', errorClass: 'unknown' });
    await site.hypervisor.start(vm.ref, run());
    expect(await vm.observe()).toMatchObject({ state: 'running' });
  });

  test('that is aborted under way is stopped, and its clone removed', async () => {
    const vm = aVm();
    const abort = new AbortController();
    const hold = await site.hold({ operation: 'vm.clone', phase: 'task', vmId: vm.ref.vmId });
    const cloning = clone(vm, anOperation({ signal: abort.signal }).operation).catch((error: unknown) => error);
    await hold.reached();
    abort.abort();
    expect(await cloning).toMatchObject({ code: 'command.cancelled' });
    expect(await site.vm(vm.ref.vmId)).toBeUndefined();
  });
});

describe('between clone and tags', () => {
  const crashBeforeTags = async (vm: ConformanceVm): Promise<void> => {
    const onIntent = (intent: string) =>
      intent.startsWith('mark') ? Promise.reject(new Error('crash')) : Promise.resolve();
    await expect(clone(vm, anOperation({ onIntent }).operation)).rejects.toThrow('crash');
    expect((await vm.observe())?.mark).toBeUndefined();
  };

  test('a crash leaves a VM that its owner adopts', async () => {
    const vm = aVm();
    await crashBeforeTags(vm);
    expect(await clonesMade(() => clone(vm))).toBe(0);
    expect(await vm.observe()).toMatchObject({ mark: vm.ref.mark });
  });

  test('a crash leaves a VM that its owner destroys, inherited protection or not', async () => {
    const vm = aVm();
    await crashBeforeTags(vm);
    await site.changeVm(vm.ref.vmId, { config: { protection: 1 } });
    await site.hypervisor.destroy(vm.ref, run());
    expect(await site.vm(vm.ref.vmId)).toBeUndefined();
  });

  test('a crash leaves a VM that nobody else takes', async () => {
    const vm = aVm();
    await crashBeforeTags(vm);
    const mark = { ...vm.ref.mark, node: 'another' };
    const take = site.hypervisor.ensureCloned(vm.cloneSpec(), mark, run());
    await expect(take).rejects.toMatchObject({ code: 'vm.id_taken' });
    await expect(site.hypervisor.destroy({ ...vm.ref, mark }, run())).rejects.toMatchObject({ code: 'vm.foreign' });
    await expect(site.hypervisor.start(vm.ref, run())).rejects.toMatchObject({ code: 'vm.foreign' });
  });
});

describe('templates', () => {
  test('hand down neither protection nor onboot', async () => {
    await site.changeVm(9001, { config: { protection: 1, onboot: 1 } });
    const vm = aVm();
    const spec = vm.cloneSpec({ templateVmId: 9001 });
    await site.hypervisor.ensureCloned(spec, vm.ref.mark, run());
    const { config } = (await site.vm(vm.ref.vmId)) as { config: Record<string, unknown> };
    expect(config).not.toHaveProperty('protection');
    expect(config).not.toHaveProperty('onboot');
    await site.hypervisor.destroy(vm.ref, run());
  });

  test('with the mark of a range are refused', async () => {
    await site.changeVm(9002, { config: { tags: 'orion;orion-n.old' } });
    const vm = aVm();
    const cloned = site.hypervisor.ensureCloned(vm.cloneSpec({ templateVmId: 9002 }), vm.ref.mark, run());
    await expect(cloned).rejects.toMatchObject({ code: 'site.misconfigured', errorClass: 'permanent' });
  });

  test('are no VMs that were not turned into one', async () => {
    const vm = aVm();
    const source = await aVm().cloned();
    const cloned = site.hypervisor.ensureCloned(vm.cloneSpec({ templateVmId: source.ref.vmId }), vm.ref.mark, run());
    await expect(cloned).rejects.toMatchObject({ code: 'template.not_found' });
  });
});

describe('in the way', () => {
  test('a lock that no task holds is told with what takes it away', async () => {
    const vm = await aVm().cloned();
    await site.changeVm(vm.ref.vmId, { config: { lock: 'backup' } });
    await expect(site.hypervisor.start(vm.ref, run())).rejects.toMatchObject({
      code: 'hypervisor.locked',
      errorClass: 'conflict',
      message: expect.stringContaining(`qm unlock ${vm.ref.vmId}`) as unknown,
    });
    await expect(site.hypervisor.destroy(vm.ref, run())).rejects.toMatchObject({ code: 'hypervisor.locked' });
  });

  test('a lock that goes away is waited for', async () => {
    const vm = await aVm().cloned();
    const hold = await site.hold({ operation: 'vm.snapshot', phase: 'task', vmId: vm.ref.vmId });
    const snapshot = site.hypervisor.createSnapshot(vm.ref, BASE, run());
    await hold.reached();
    const started = site.hypervisor.start(vm.ref, run());
    await hold.release();
    await Promise.all([snapshot, started]);
    expect(await vm.observe()).toMatchObject({ state: 'running' });
  });

  test('a clone of our own that is under way is waited for, though the token cannot see it', async () => {
    const vm = aVm();
    const hold = await site.hold({ operation: 'vm.clone', phase: 'task', vmId: vm.ref.vmId });
    const first = clone(vm);
    await hold.reached();
    const second = clone(vm);
    await hold.release();
    expect(await clonesMade(() => Promise.all([first, second]))).toBeLessThanOrEqual(1);
    expect((await first).macs).toEqual((await second).macs);
  });

  test('protection by an administrator is respected', async () => {
    const vm = await aVm().cloned();
    await site.changeVm(vm.ref.vmId, { config: { protection: 1 } });
    await expect(site.hypervisor.destroy(vm.ref, run())).rejects.toMatchObject({
      code: 'vm.protected',
      errorClass: 'permanent',
    });
  });

  test('a VM that the token may not see keeps its id', async () => {
    const vm = aVm();
    await site.makeVm({ vmid: vm.ref.vmId, host: 'pve2', config: { name: 'hidden' } });
    await expect(clone(vm)).rejects.toMatchObject({ code: 'vm.id_taken' });
    await expect(vm.observe()).rejects.toMatchObject({ code: 'vm.foreign' });
    await expect(site.hypervisor.destroy(vm.ref, run())).rejects.toMatchObject({ code: 'vm.foreign' });
  });

  test('a VM that is removed while it is acted on is missing, not forbidden', async () => {
    const vm = await aVm().cloned();
    const hold = await site.hold({ operation: 'vm.status', phase: 'request', vmId: vm.ref.vmId });
    const started = site.hypervisor.start(vm.ref, run()).catch((error: unknown) => error);
    await hold.reached();
    await site.removeVm(vm.ref.vmId);
    await hold.release();
    expect(await started).toMatchObject({ code: 'vm.not_found', errorClass: 'permanent' });
  });

  test('a VM that somebody else removes under a destroy is gone', async () => {
    const vm = await aVm().cloned();
    const hold = await site.hold({ operation: 'vm.status', phase: 'request', vmId: vm.ref.vmId });
    const destroyed = site.hypervisor.destroy(vm.ref, run());
    await hold.reached();
    await site.removeVm(vm.ref.vmId);
    await hold.release();
    await destroyed;
  });

  test('a host whose list does not come is shown by the list of the cluster', async () => {
    const vm = await aVm().cloned();
    await site.fault({ operation: 'vm.list', kind: '596BeforeExecuting', host: 'pve1', times: 4 });
    const listed = await site.hypervisor.listVms({ first: vm.ref.vmId, last: vm.ref.vmId });
    expect(listed.find(({ vmId }) => vmId === vm.ref.vmId)).toMatchObject({ mark: vm.ref.mark });
  });

  test('a bridge that is missing is named by the start', async () => {
    const vm = await aVm().cloned();
    await site.changeVm(vm.ref.vmId, { config: { net0: 'virtio=BC:24:11:00:00:77,bridge=vmbr77' } });
    await expect(site.hypervisor.start(vm.ref, run())).rejects.toMatchObject({ code: 'network.bridge_missing' });
  });

  test('a NIC that a running VM refuses is taken back', async () => {
    const root = site.rootAdapter();
    const vm = await aVm().running();
    const nics = [vm.nic({ bridge: 'vmbr77' })];
    const configured = root.configure(vm.ref, vm.configureSpec({ nics, cpus: 1, memoryMiB: 1024 }), run());
    await expect(configured).rejects.toMatchObject({ code: 'network.bridge_missing' });
    expect((await site.vm(vm.ref.vmId))?.['pending']).not.toHaveProperty('net0');
  });
});

describe('guests', () => {
  test('that do not react are stopped hard when their time is over', async () => {
    const vm = await aVm().running();
    await site.changeVm(vm.ref.vmId, { guest: { deaf: true } });
    expect(await site.hypervisor.stop(vm.ref, 1_000, run())).toEqual({ hard: true });
    expect(await vm.observe()).toMatchObject({ state: 'stopped' });
  });

  test('that react are not stopped hard', async () => {
    const vm = await aVm().running();
    await waitFor(() => site.hypervisor.guestPing(vm.ref));
    expect(await site.hypervisor.stop(vm.ref, 10_000, run())).toEqual({ hard: false });
  });

  test('without an agent never will answer', async () => {
    const vm = await aVm().running();
    await site.changeVm(vm.ref.vmId, { config: { agent: null } });
    await expect(site.hypervisor.guestPing(vm.ref)).rejects.toMatchObject({ code: 'guest.agent_not_configured' });
  });

  test('with a dead agent do not answer', async () => {
    const vm = await aVm().running();
    await site.changeVm(vm.ref.vmId, { guest: { agentDead: true } });
    expect(await site.hypervisor.guestPing(vm.ref)).toBe(false);
    const exec = site.hypervisor.guestExec(vm.ref, { command: ['true'], timeoutMs: 1_000 });
    await expect(exec).rejects.toMatchObject({ code: 'guest.agent_unavailable', errorClass: 'retryable' });
  });

  test('whose answer about a program was lost leave it unknown', async () => {
    const vm = await aVm().running();
    await waitFor(() => site.hypervisor.guestPing(vm.ref));
    await site.fault({ operation: 'agent.exec-status', kind: 'dropConnectionAfterExecuting', vmId: vm.ref.vmId });
    const exec = site.hypervisor.guestExec(vm.ref, { command: ['true'], timeoutMs: 1_000 });
    await expect(exec).rejects.toMatchObject({ code: 'hypervisor.outcome_unknown', errorClass: 'unknown' });
  });

  test('without the program leave it unknown whether it ran', async () => {
    const vm = await aVm().running();
    await waitFor(() => site.hypervisor.guestPing(vm.ref));
    const exec = site.hypervisor.guestExec(vm.ref, { command: ['no-such-program'], timeoutMs: 1_000 });
    await expect(exec).rejects.toMatchObject({ code: 'hypervisor.outcome_unknown', errorClass: 'unknown' });
  });
});

describe('tokens', () => {
  test('that are wrong are refused, and never shown', async () => {
    const secret = 'ffffffff-dead-4000-8000-000000000000';
    const failure: unknown = await site
      .adapter({ tokenSecret: secret })
      .listHosts()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'hypervisor.unauthorized', errorClass: 'permanent' });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain(secret);
  });

  test('that are refused are what the doctor says', async () => {
    const findings = await site.adapter({ tokenSecret: 'wrong' }).check(site.checkSpec());
    expect(findings.filter(({ status }) => status === 'failed')).toMatchObject([{ check: 'privileges' }]);
  });
});

describe('storages', () => {
  test('of ZFS roll back to their newest snapshot only', async () => {
    await site.changeVm(9003, { config: { scsi0: 'local-zfs:base-9003-disk-0,size=8G' } });
    const vm = aVm();
    const spec = vm.cloneSpec({ templateVmId: 9003, storage: 'local-zfs', mode: 'full' });
    await site.hypervisor.ensureCloned(spec, vm.ref.mark, run());
    await site.hypervisor.createSnapshot(vm.ref, BASE, run());
    await site.hypervisor.createSnapshot(vm.ref, { ...BASE, name: 'later' }, run());
    const rollback = site.hypervisor.rollbackSnapshot(vm.ref, 'base', run());
    await expect(rollback).rejects.toMatchObject({ code: 'snapshot.not_newest', errorClass: 'permanent' });
  });
});
