import { waitFor } from '@orion/testing';
import { defaultCluster, withSdnZone } from '../../../apps/pve-simulator/src';
import type { NetworkSpec } from '../src';
import { anOperation, ConformanceVm } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

const ZONE = 'ranges';
const HOSTS = ['pve1', 'pve2', 'pve3'];
const RANGE = '7f0c1d52-0000-4000-8000-0000000000aa';
const OTHER_RANGE = '7f0c1d52-0000-4000-8000-0000000000bb';

let site: SimulatedSite;
beforeEach(async () => {
  site = await aSimulatedSite({ spec: withSdnZone(defaultCluster(), { zone: ZONE, type: 'vxlan' }) });
});
afterEach(() => site.close());

function aNetwork(index: number, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  const sdn = { zone: ZONE, rangeId: RANGE };
  return { name: `lan-${index}`, bridge: `onet${index}`, vlanTag: 5_000 + index, sdn, hosts: HOSTS, ...changes };
}

const ensure = (network: NetworkSpec) => site.hypervisor.ensureNetwork(network, anOperation().operation);
const remove = (network: NetworkSpec) => site.hypervisor.removeNetwork(network, anOperation().operation);
const applies = async () => (await site.counters())['sdnApplies'] ?? 0;
const vnets = async () => (await site.hypervisor.listSdn())?.vnets ?? [];
const changes = async () =>
  (await site.requests()).filter(({ method, path }) => method !== 'GET' && path.includes('/cluster/sdn'));

test('a VNet is made, marked, and on every host, with the least privileges', async () => {
  await ensure(aNetwork(1));

  expect(await vnets()).toEqual([
    { name: 'onet1', zone: ZONE, tag: 5_001, mark: { installation: 'lab', rangeId: RANGE, network: 'lan-1' } },
  ]);
  for (const host of HOSTS) {
    const content = await site.byHand('GET', `/nodes/${host}/sdn/zones/${ZONE}/content`);
    expect(content).toEqual([{ vnet: 'onet1', status: 'available', statusmsg: null }]);
  }
  expect(await site.byHand('GET', '/cluster/sdn/vnets/onet1/subnets')).toEqual([]);
});

test('networks of many ranges that come together are applied once', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, index) => ensure(aNetwork(index))));

  expect(await applies()).toBe(1);
  expect(await vnets()).toHaveLength(30);

  await Promise.all(Array.from({ length: 30 }, (_, index) => remove(aNetwork(index))));
  expect(await applies()).toBe(2);
  expect(await vnets()).toEqual([]);
});

test('what comes while an apply runs is the next one', async () => {
  const hold = await site.hold({ operation: 'sdn.apply', phase: 'task' });
  const first = ensure(aNetwork(1));
  await hold.reached();
  const others = [2, 3, 4].map((index) => ensure(aNetwork(index)));
  await hold.release();

  await Promise.all([first, ...others]);
  expect(await applies()).toBe(2);
});

test('a network that is there is not applied again', async () => {
  await ensure(aNetwork(1));
  const before = await changes();

  await ensure(aNetwork(1));

  expect(await changes()).toEqual(before);
});

test('a host that fails behind a task that says OK is named, and the repetition applies again', async () => {
  await site.fault({ operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve2' });

  await expect(ensure(aNetwork(1))).rejects.toMatchObject({
    code: 'network.apply_failed',
    errorClass: 'retryable',
    facts: { hosts: ['pve2'], vnet: 'onet1' },
  });
  await ensure(aNetwork(1));
  expect(await applies()).toBe(2);
});

test('a host that no node is on may fail', async () => {
  await site.fault({ operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve2' });
  await ensure(aNetwork(1, { hosts: ['pve1', 'pve3'] }));
});

test('a VNet of somebody else is never touched', async () => {
  const foreign = { vnet: 'onet1', zone: ZONE, tag: 99, alias: 'team net' };
  await site.byHand('POST', '/cluster/sdn/vnets', foreign);
  await site.byHand('PUT', '/cluster/sdn');
  const before = await site.byHand('GET', '/cluster/sdn/vnets/onet1');

  await expect(ensure(aNetwork(1))).rejects.toMatchObject({ code: 'network.name_taken', errorClass: 'permanent' });
  await remove(aNetwork(1));

  expect(await site.byHand('GET', '/cluster/sdn/vnets/onet1')).toEqual(before);
});

test('a VNet of the same installation but of another range is never touched', async () => {
  await ensure(aNetwork(1));
  const other = aNetwork(1, { sdn: { zone: ZONE, rangeId: OTHER_RANGE } });

  await expect(ensure(other)).rejects.toMatchObject({ code: 'network.name_taken' });
  await remove(other);

  expect(await vnets()).toHaveLength(1);
});

test('a tag that is taken in the zone is named', async () => {
  await site.byHand('POST', '/cluster/sdn/vnets', { vnet: 'theirs', zone: ZONE, tag: 5_001 });
  await site.byHand('PUT', '/cluster/sdn');

  await expect(ensure(aNetwork(1))).rejects.toMatchObject({ code: 'network.tag_taken', errorClass: 'permanent' });
});

test('changes of an administrator that wait to be applied are not applied for them', async () => {
  await site.byHand('POST', '/cluster/sdn/vnets', { vnet: 'half', zone: ZONE, tag: 7 });

  await expect(ensure(aNetwork(1))).rejects.toMatchObject({
    code: 'network.changes_pending',
    errorClass: 'conflict',
    facts: { objects: ['VNet half'] },
  });
  expect(await applies()).toBe(0);

  await site.byHand('DELETE', '/cluster/sdn/vnets/half');
  await ensure(aNetwork(1));
});

test('a configuration that somebody has locked is waited for by a repetition', async () => {
  const token = String(await site.byHand('POST', '/cluster/sdn/lock'));
  await expect(ensure(aNetwork(1))).rejects.toMatchObject({ code: 'hypervisor.locked', errorClass: 'conflict' });

  await site.byHand('DELETE', '/cluster/sdn/lock', { 'lock-token': token });
  await ensure(aNetwork(1));
});

test('a rolled-back creation is made again', async () => {
  await site.fault({ operation: 'sdn.apply', kind: 'respond500', text: 'something nobody foresaw' });
  await expect(ensure(aNetwork(1))).rejects.toMatchObject({ errorClass: 'retryable' });
  await site.byHand('POST', '/cluster/sdn/rollback');

  await ensure(aNetwork(1));
  expect(await vnets()).toHaveLength(1);
});

test.each(['596AfterExecuting', 'dropConnectionAfterExecuting'] as const)(
  'lost answers (%s) leave one VNet that is applied',
  async (kind) => {
    await site.fault({ operation: 'sdn.create-vnet', kind, milliseconds: 10 });
    await site.fault({ operation: 'sdn.apply', kind, milliseconds: 10 });
    await ensure(aNetwork(1));
    expect(await vnets()).toHaveLength(1);
  },
);

test('a creation that was never applied is applied by the repetition, in another life', async () => {
  await site.fault({ operation: 'sdn.apply', kind: 'dropConnection' });
  await expect(ensure(aNetwork(1))).rejects.toMatchObject({ errorClass: 'unknown' });

  await site.adapter().ensureNetwork(aNetwork(1), anOperation().operation);
  expect(await applies()).toBe(1);
});

test('an apply that an earlier life began is waited for', async () => {
  const hold = await site.hold({ operation: 'sdn.apply', phase: 'task' });
  const { operation, handles } = anOperation();
  const first = site.hypervisor.ensureNetwork(aNetwork(1), operation);
  await hold.reached();
  await waitFor(() => handles.length === 1);

  const next = site.adapter().ensureNetwork(aNetwork(1), anOperation({ resumeTask: handles[0] ?? '' }).operation);
  await hold.release();

  await Promise.all([first, next]);
  expect(await applies()).toBe(1);
});

test('a VNet that a NIC hangs on stays, and goes when the VM is gone', async () => {
  await ensure(aNetwork(1));
  const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
  const { vlanTag: _tag, ...nic } = vm.nic({ bridge: 'onet1' });
  await site.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [nic] }), anOperation().operation);
  await site.hypervisor.start(vm.ref, anOperation().operation);

  await expect(remove(aNetwork(1))).rejects.toMatchObject({
    code: 'network.in_use',
    errorClass: 'conflict',
    facts: { vmIds: [4_001] },
  });
  expect(await vnets()).toHaveLength(1);

  await site.hypervisor.destroy(vm.ref, anOperation().operation);
  await remove(aNetwork(1));
  expect(await vnets()).toEqual([]);
});

test('two ranges with equal addresses do not reach each other', async () => {
  const [ours, theirs] = [aNetwork(1), aNetwork(2, { sdn: { zone: ZONE, rangeId: OTHER_RANGE } })];
  await Promise.all([ensure(ours), ensure(theirs)]);
  const aGuest = async (vmId: number, { bridge }: NetworkSpec, address: string): Promise<ConformanceVm> => {
    const vm = await new ConformanceVm(site, vmId, `guest-${vmId}`).cloned();
    const { vlanTag: _tag, ...nic } = vm.nic({ bridge, address });
    await site.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [nic] }), anOperation().operation);
    await site.hypervisor.start(vm.ref, anOperation().operation);
    await waitFor(() => site.hypervisor.guestPing(vm.ref));
    return vm;
  };
  const client = await aGuest(4_001, ours, '10.20.0.10/24');
  const server = await aGuest(4_002, ours, '10.20.0.11/24');
  await aGuest(4_003, theirs, '10.20.0.11/24');
  const connects = async (): Promise<boolean> => {
    const command = ['bash', '-c', 'exec 3<>/dev/tcp/10.20.0.11/22'];
    return (await site.hypervisor.guestExec(client.ref, { command, timeoutMs: 5_000 })).exitCode === 0;
  };

  expect(await connects()).toBe(true);
  await site.hypervisor.stop(server.ref, 0, anOperation().operation);
  expect(await connects()).toBe(false);
});

test('a VM on a VNet that its host lacks does not start, and says so', async () => {
  await site.fault({ operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve1' });
  await ensure(aNetwork(1, { hosts: ['pve2'] }));
  const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
  const { vlanTag: _tag, ...nic } = vm.nic({ bridge: 'onet1' });
  await site.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [nic] }), anOperation().operation);

  await expect(site.hypervisor.start(vm.ref, anOperation().operation)).rejects.toMatchObject({
    code: 'network.bridge_missing',
  });
  await ensure(aNetwork(1, { hosts: ['pve1'] }));
  await site.hypervisor.start(vm.ref, anOperation().operation);
});

test('who gives up while a batch gathers changes nothing', async () => {
  const given = new AbortController();
  const lost = site.hypervisor.ensureNetwork(aNetwork(1), anOperation({ signal: given.signal }).operation);
  given.abort();

  await expect(lost).rejects.toMatchObject({ code: 'command.cancelled' });
  expect(await vnets()).toEqual([]);
});

describe('the firewall of a VM', () => {
  const options = (vmId: number) => site.byHand('GET', `/nodes/pve1/qemu/${vmId}/firewall/options`);
  const firewallCalls = async () =>
    (await site.requests()).filter(({ path }) => path.endsWith('/4001/firewall/options')).map(({ method }) => method);

  test('keeps a guest from sending with other MACs, and lets everything else through', async () => {
    const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
    await site.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);

    expect(await options(4_001)).toMatchObject({ enable: 1, macfilter: 1, ipfilter: 0, policy_in: 'ACCEPT' });
    expect(await site.byHand('GET', '/nodes/pve1/qemu/4001/config')).toMatchObject({
      net0: expect.stringContaining('firewall=1'),
    });
  });

  test('costs one call, and a repetition one look', async () => {
    const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
    await site.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    expect(await firewallCalls()).toEqual(['PUT']);

    await site.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    expect(await firewallCalls()).toEqual(['PUT', 'GET']);
  });

  test('is set right again when somebody has changed it', async () => {
    const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
    await site.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    await site.byHand('PUT', '/nodes/pve1/qemu/4001/firewall/options', { macfilter: 0 });

    await site.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    expect(await options(4_001)).toMatchObject({ macfilter: 1 });
  });

  test('is told by an inspection, and set right by a rollback, whose snapshot does not hold it', async () => {
    const vm = await new ConformanceVm(site, 4_001, 'web').cloned();
    const { hypervisor } = site;
    await hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
    await hypervisor.createSnapshot(vm.ref, { name: 'clean', description: '', memory: false }, anOperation().operation);
    const before = await hypervisor.inspectVm(vm.ref, false);
    await site.byHand('PUT', '/nodes/pve1/qemu/4001/firewall/options', { enable: 0 });
    const changed = await hypervisor.inspectVm(vm.ref, false);

    await hypervisor.rollbackSnapshot(vm.ref, 'clean', anOperation().operation);

    expect(before.config['firewall']).toBe('enable=1,macfilter=1,ipfilter=0,radv=1,policy_in=ACCEPT,policy_out=ACCEPT');
    expect(changed.config['firewall']).toMatch(/^enable=0/);
    expect(changed.configDigest).not.toBe(before.configDigest);
    expect(await options(4_001)).toMatchObject({ enable: 1 });
    expect((await hypervisor.inspectVm(vm.ref, false)).configDigest).toBe(before.configDigest);
  });
});
