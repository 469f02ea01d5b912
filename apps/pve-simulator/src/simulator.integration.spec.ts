import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCluster, type TestCluster } from './testing/pve-client';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const VM = '/nodes/pve2/qemu/4001';
const CLONE = '/nodes/pve1/qemu/9000/clone';

const clone = (newid = 4001, more = {}) =>
  cluster.tenant.run('POST', CLONE, { newid, name: 'web', pool: 'orion-ranges', target: 'pve2', ...more });

const config = async (vm = VM) => (await cluster.tenant.call('GET', `${vm}/config`)).data as Record<string, unknown>;
const counters = () => cluster.root.admin('GET', '/counters') as Promise<Record<string, number>>;

describe('the life of a VM under the least privileges', () => {
  test('clone, configure, start, talk, snapshot, roll back, destroy', async () => {
    const { tenant } = cluster;
    expect(await clone()).toBe('OK');
    const form = { tags: 'Zeta,alpha', net0: 'virtio,bridge=vmbr1,tag=12', ipconfig0: 'ip=10.0.0.5/24' };
    expect((await tenant.call('PUT', `${VM}/config`, { form })).status).toBe(200);
    expect(await tenant.run('POST', `${VM}/snapshot`, { snapname: 'base' })).toBe('OK');
    expect(await tenant.run('POST', `${VM}/status/start`)).toBe('OK');
    while ((await tenant.call('POST', `${VM}/agent/ping`)).status !== 200);
    const { data } = await tenant.call('GET', `${VM}/agent/network-get-interfaces`);
    expect(JSON.stringify(data)).toContain('10.0.0.5');
    expect(await tenant.run('POST', `${VM}/snapshot/base/rollback`)).toBe('OK');
    expect(await config()).toMatchObject({ tags: 'alpha;zeta', parent: 'base' });
    expect(await tenant.run('DELETE', `${VM}?purge=1`)).toBe('OK');

    expect((await tenant.call('GET', `${VM}/config`)).reason).toBe('Permission check failed (/vms/4001, VM.Audit)');
    expect(await counters()).toMatchObject({ clones: 1, starts: 1, snapshots: 1, rollbacks: 1, destroys: 1 });
  });

  test('a clone has new addresses and ids, and inherits protection', async () => {
    await cluster.root.admin('PATCH', '/vms/9000', { config: { protection: 1, description: 'from template' } });
    const { data: source } = await cluster.root.call('GET', '/nodes/pve1/qemu/9000/config');

    await clone();

    const copy = await config();
    expect(copy).toMatchObject({ protection: 1, description: 'from template' });
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(copy[key]).not.toBe(source[key]);
    const answer = await cluster.tenant.call('DELETE', VM);
    expect(answer.reason).toBe("can't remove VM 4001 - protection mode enabled");
  });

  test('what cannot be plugged waits for the stop of a running VM', async () => {
    await clone();
    await cluster.tenant.run('POST', `${VM}/status/start`);

    await cluster.tenant.call('PUT', `${VM}/config`, { form: { memory: 4096, name: 'renamed' } });

    const current = (await cluster.tenant.call('GET', `${VM}/config?current=1`)).data;
    expect(current).toMatchObject({ memory: '1024', name: 'renamed' });
    expect(await config()).toMatchObject({ memory: '4096' });
    await cluster.tenant.run('POST', `${VM}/status/stop`);
    const after = (await cluster.tenant.call('GET', `${VM}/config?current=1`)).data;
    expect(after).toMatchObject({ memory: '4096' });
  });

  test('of many clones to one id exactly one wins', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => clone(4001, { target: 'pve1' })));

    expect(results.filter((result) => result === 'OK')).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(['OK', 'unable to create VM 4001: config file already exists']));
    expect(await counters()).toMatchObject({ clones: 1 });
  });

  test('a rollback stops a running VM and restores what its disk held', async () => {
    const { tenant } = cluster;
    await clone();
    await tenant.run('POST', `${VM}/status/start`);
    const write = (content: string) =>
      tenant.call('POST', `${VM}/agent/file-write`, { form: { file: '/root/flag', content } });
    while ((await write('before')).status !== 200);
    await tenant.run('POST', `${VM}/snapshot`, { snapname: 'base' });
    await write('after');

    await tenant.run('POST', `${VM}/snapshot/base/rollback`);

    expect(await tenant.admin('GET', '/vms/4001')).toMatchObject({
      files: { '/root/flag': 'before' },
      status: 'stopped',
    });
  });

  test('ZFS rolls back to the newest snapshot only', async () => {
    await clone(4001, { full: 1, storage: 'shared' });
    await cluster.root.admin('PATCH', '/vms/4001', { config: { scsi0: 'local-zfs:vm-4001-disk-0,size=8G' } });
    for (const snapname of ['first', 'second']) await cluster.tenant.run('POST', `${VM}/snapshot`, { snapname });

    const exit = await cluster.tenant.run('POST', `${VM}/snapshot/first/rollback`);

    expect(exit).toBe("can't rollback, 'first' is not most recent snapshot on 'local-zfs:vm-4001-disk-0'");
  });

  test('a template with linked clones cannot be destroyed', async () => {
    await clone();

    expect(await cluster.root.run('DELETE', '/nodes/pve1/qemu/9000')).toMatch(/is still in use by linked cloned$/);
  });

  test('the cluster list shows a fresh clone without status and name', async () => {
    await cluster.root.admin('POST', '/faults', { operation: 'cluster.resources', kind: 'lagListing' });
    await cluster.root.call('GET', '/cluster/resources');
    await clone();

    const { data } = await cluster.tenant.call('GET', '/cluster/resources?type=vm');

    expect(data).toContainEqual(expect.objectContaining({ vmid: 4001, status: 'unknown', node: 'pve2' }));
  });
});

describe('faults and holds', () => {
  test('a hold stops the next clone until it is released', async () => {
    const hold = (await cluster.root.admin('POST', '/holds', { operation: 'vm.clone', phase: 'task' })) as {
      id: string;
    };
    const cloned = clone();
    const reached = await cluster.root.admin('GET', `/holds/${hold.id}?waitMs=5000`);
    expect(reached).toMatchObject({ reached: true });
    expect(await counters()).toMatchObject({ clones: 0 });

    await cluster.root.admin('POST', `/holds/${hold.id}/release`);

    expect(await cloned).toBe('OK');
  });

  test('596 after executing leaves the effect behind', async () => {
    const fault = { operation: 'vm.clone', kind: '596AfterExecuting', milliseconds: 0 };
    await cluster.root.admin('POST', '/faults', fault);

    const answer = await cluster.tenant.call('POST', CLONE, { form: { newid: 4001, pool: 'orion-ranges' } });

    expect([answer.status, answer.text]).toEqual([596, '']);
    const [task] = (await cluster.root.admin('GET', '/tasks')) as [{ upid: string }];
    expect(await cluster.root.exitStatus(task.upid)).toBe('OK');
  });

  test('a dropped connection has no answer', async () => {
    await cluster.root.admin('POST', '/faults', { operation: 'version', kind: 'dropConnection' });

    await expect(cluster.root.call('GET', '/version')).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(cluster.root.call('GET', '/version')).resolves.toMatchObject({ status: 200 });
  });

  test('a start can report failure and yet have started', async () => {
    await clone();
    const fault = { operation: 'vm.start', kind: 'startReportsFailureYetStarts', text: 'start failed' };
    await cluster.root.admin('POST', '/faults', fault);

    expect(await cluster.tenant.run('POST', `${VM}/status/start`)).toBe('start failed');
    const { data } = await cluster.tenant.call('GET', `${VM}/status/current`);
    expect(data).toMatchObject({ status: 'running' });
  });

  test('a stale lock stays after its task', async () => {
    await clone();
    await cluster.root.admin('POST', '/faults', { operation: 'vm.snapshot', kind: 'staleLock', text: 'snapshot' });

    await cluster.tenant.run('POST', `${VM}/snapshot`, { snapname: 'base' });

    expect(await cluster.tenant.run('POST', `${VM}/status/start`)).toBe('VM is locked (snapshot)');
  });

  test('a lost UPID is unknown, its work is done', async () => {
    await cluster.root.admin('POST', '/faults', { operation: 'vm.clone', kind: 'loseUpid' });
    const answer = await cluster.tenant.call('POST', CLONE, { form: { newid: 4001, pool: 'orion-ranges' } });

    expect(await cluster.tenant.exitStatus(String(answer.data))).toBe('Parameter verification failed.');
  });

  test('a clone whose worker dies leaves a half-made VM, locked', async () => {
    await cluster.root.admin('POST', '/faults', { operation: 'vm.clone', kind: 'taskKilled', milliseconds: 0 });
    const answer = await cluster.tenant.call('POST', CLONE, { form: { newid: 4001, pool: 'orion-ranges' } });

    expect(await cluster.tenant.exitStatus(String(answer.data))).toBe('unexpected status');
    expect(await cluster.root.admin('GET', '/vms/4001')).toMatchObject({ lock: 'clone', tags: [] });
  });

  test('the restart of a host kills its tasks and leaves their locks', async () => {
    const hold = (await cluster.root.admin('POST', '/holds', { operation: 'vm.destroy', phase: 'task' })) as {
      id: string;
    };
    await clone();
    const { data } = await cluster.tenant.call('DELETE', VM);
    await cluster.root.admin('GET', `/holds/${hold.id}?waitMs=5000`);

    await cluster.root.admin('POST', '/hosts/pve2/restart');

    expect(await cluster.tenant.exitStatus(String(data))).toBe('unexpected status');
  });
});

test('an aborted clone leaves nothing behind', async () => {
  const hold = (await cluster.root.admin('POST', '/holds', { operation: 'vm.clone', phase: 'task' })) as { id: string };
  const answer = await cluster.tenant.call('POST', CLONE, { form: { newid: 4001, pool: 'orion-ranges' } });
  await cluster.root.admin('GET', `/holds/${hold.id}?waitMs=5000`);

  await cluster.tenant.call('DELETE', `/nodes/pve1/tasks/${encodeURIComponent(String(answer.data))}`);

  expect(await cluster.tenant.exitStatus(String(answer.data))).toBe('received interrupt');
  expect((await cluster.root.call('GET', '/cluster/nextid?vmid=4001')).status).toBe(200);
});

test('a network can be used after it was applied', async () => {
  const { root } = cluster;
  await root.call('POST', '/cluster/sdn/zones', { form: { zone: 'lab', type: 'simple' } });
  await root.call('POST', '/cluster/sdn/vnets', { form: { vnet: 'net1', zone: 'lab' } });
  await clone();
  await root.call('PUT', `${VM}/config`, { form: { net0: 'virtio,bridge=net1' } });
  expect(await root.run('POST', `${VM}/status/start`)).toBe("bridge 'net1' does not exist");

  expect(await root.run('PUT', '/cluster/sdn')).toBe('OK');

  expect(await root.run('POST', `${VM}/status/start`)).toBe('OK');
});

test('a ticket with its token against cross-site requests serves other clients', async () => {
  const form = { username: 'root@pam', password: 'orion-root' };
  const { data } = await cluster.stranger.call('POST', '/access/ticket', { form });
  const { ticket, CSRFPreventionToken: token } = data as { ticket: string; CSRFPreventionToken: string };
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;

  const read = await cluster.stranger.call('GET', '/version', { headers: { cookie } });
  const bare = await cluster.stranger.call('POST', '/pools', { form: { poolid: 'lab' }, headers: { cookie } });
  const headers = { cookie, csrfpreventiontoken: token };
  const write = await cluster.stranger.call('POST', '/pools', { form: { poolid: 'lab' }, headers });

  expect(read.status).toBe(200);
  expect([bare.status, bare.reason]).toEqual([401, 'Permission denied - invalid csrf token']);
  expect(write.status).toBe(200);
});

test('release 8.3 tells errors in the reason phrase alone', async () => {
  const old = await startTestCluster({ pveVersion: '8.3.5' });

  const answer = await old.root.call('GET', '/pools/nope');

  expect([answer.reason, answer.message]).toEqual(["pool 'nope' does not exist", undefined]);
  await old.close();
});

test('a saved state comes back, with its running tasks dead', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pve-simulator-'));
  const stateFile = join(folder, 'state.json');
  const first = await startTestCluster({ stateFile });
  await first.tenant.run('POST', CLONE, { newid: 4001, pool: 'orion-ranges', name: 'kept' });
  await first.close();

  const second = await startTestCluster({ stateFile });

  const { data } = await second.tenant.call('GET', '/nodes/pve1/qemu/4001/config');
  expect(data).toMatchObject({ name: 'kept' });
  await second.close();
  rmSync(folder, { recursive: true });
});

test('the same seed gives the same identities', async () => {
  const twin = await startTestCluster();
  await clone();
  await twin.tenant.run('POST', CLONE, { newid: 4001, name: 'web', pool: 'orion-ranges', target: 'pve2' });

  const [ours, theirs] = [await config(), (await twin.tenant.call('GET', `${VM}/config`)).data];

  for (const key of ['net0', 'smbios1', 'vmgenid']) expect(ours[key]).toBe(theirs[key]);
  await twin.close();
});
