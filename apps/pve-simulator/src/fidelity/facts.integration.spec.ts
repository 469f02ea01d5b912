import { startTestCluster, type TestCluster } from '../testing/pve-client';
import { CALL_FACTS } from './call-facts';
import { TASK_FACTS } from './task-facts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  const disk = (vmid: number) => `local:${vmid}/vm-${vmid}-disk-0.qcow2,size=1G`;
  const vm = (vmid: number, more: object, status = 'stopped') =>
    cluster.root.admin('POST', '/vms', { vmid, status, config: { agent: '1', scsi0: disk(vmid), ...more } });
  await vm(110, {});
  await vm(111, {}, 'running');
  await vm(112, { lock: 'backup' });
  await vm(113, { net0: 'virtio=BC:24:11:00:00:01,bridge=nope0' });
});

afterAll(() => cluster.close());

test.each(CALL_FACTS)('$fact', async ({ call, status, reason, errors, keys, ...options }) => {
  const [method = '', path = ''] = call.split(' ');

  const answer = await cluster.root.call(method, path, options);

  expect(answer.status).toBe(status);
  if (reason !== undefined) expect(answer.reason).toBe(reason);
  if (errors !== undefined) expect(answer.errors).toEqual(errors);
  if (keys !== undefined) expect(Object.keys([answer.data].flat()[0] ?? {})).toEqual(expect.arrayContaining([...keys]));
  if (status >= 400) expect(answer.connection).toBe('close');
});

test.each(TASK_FACTS)('$fact ends with "$exitstatus"', async ({ call, form, exitstatus }) => {
  const [method = '', path = ''] = call.split(' ');

  await expect(cluster.root.run(method, path, form)).resolves.toBe(exitstatus);
});

test('a call without credentials is 401 with an empty body', async () => {
  const answer = await cluster.stranger.call('GET', '/version');

  expect([answer.status, answer.reason, answer.text]).toEqual([401, 'No ticket', '']);
});

test('a foreign VM and a missing VM answer the same 403', async () => {
  const [foreign, missing] = await Promise.all(
    [110, 999].map((vmid) => cluster.tenant.call('GET', `/nodes/pve1/qemu/${vmid}/config`)),
  );

  expect(foreign?.reason).toBe('Permission check failed (/vms/110, VM.Audit)');
  expect(missing?.reason).toBe('Permission check failed (/vms/999, VM.Audit)');
});
