import { startTestCluster, type TestCluster } from '../testing/pve-client';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const WEB = 4001;
const CLIENT = 4002;
const path = (vmid: number) => `/nodes/pve1/qemu/${vmid}`;
const byHand = (vmid: number, change: object) => cluster.root.admin('PATCH', `/vms/${vmid}`, change);

async function running(vmid: number, address: string, net = 'bridge=vmbr1,tag=12'): Promise<void> {
  const { tenant } = cluster;
  await tenant.run('POST', '/nodes/pve1/qemu/9000/clone', { newid: vmid, name: `vm-${vmid}`, pool: 'orion-ranges' });
  const form = { net0: `virtio,${net}`, ipconfig0: `ip=${address}/24` };
  await tenant.call('PUT', `${path(vmid)}/config`, { form });
  await tenant.run('POST', `${path(vmid)}/status/start`);
  await awake(vmid);
}

async function awake(vmid: number): Promise<void> {
  while ((await cluster.tenant.call('POST', `${path(vmid)}/agent/ping`)).status !== 200);
}

async function exec(vmid: number, ...command: string[]): Promise<{ exitcode: number; 'out-data'?: string }> {
  const form = command.map((word): [string, string] => ['command', word]);
  const { data } = await cluster.tenant.call('POST', `${path(vmid)}/agent/exec`, { form });
  const { pid } = data as { pid: number };
  for (;;) {
    const status = await cluster.tenant.call('GET', `${path(vmid)}/agent/exec-status?pid=${pid}`);
    const result = status.data as { exited: number; exitcode: number };
    if (result.exited === 1) return result;
  }
}

describe('a guest’s clock', () => {
  const lag = async () => {
    const { data } = await cluster.tenant.call('GET', `${path(WEB)}/agent/get-time`);
    return Date.now() - (data as { result: number }).result / 1_000_000;
  };

  test('stands still while the VM is paused and in kept memory, until it is set', async () => {
    const { tenant } = cluster;
    await running(WEB, '10.0.0.1');
    await tenant.run('POST', `${path(WEB)}/status/suspend`);
    const pausedAt = Date.now();
    expect((await tenant.call('POST', `${path(WEB)}/agent/ping`)).reason).toBe('QEMU guest agent is not running');
    expect(await tenant.run('POST', `${path(WEB)}/snapshot`, { snapname: 'ram', vmstate: 1 })).toBe('OK');
    await tenant.run('POST', `${path(WEB)}/status/resume`);
    const paused = Date.now() - pausedAt;
    expect(await lag()).toBeGreaterThan(0);

    expect(await tenant.run('POST', `${path(WEB)}/snapshot/ram/rollback`)).toBe('OK');
    expect(await cluster.root.admin('GET', `/vms/${WEB}`)).toMatchObject({ status: 'running', paused: false });
    expect(await lag()).toBeGreaterThan(paused);

    await exec(WEB, 'date', '-u', '-s', `@${Math.floor(Date.now() / 1_000)}`);
    expect(await lag()).toBeLessThan(5_000);
    await exec(WEB, 'chronyc', 'makestep');
    expect(await lag()).toBeLessThan(1_000);
  });
});

describe('a port of a guest', () => {
  const connects = async (address: string, port: number) =>
    (await exec(CLIENT, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`)).exitcode === 0;

  test('is reached while it listens and its guest runs', async () => {
    await running(WEB, '10.0.0.1');
    await running(CLIENT, '10.0.0.2');
    await byHand(WEB, { guest: { ports: [80] } });
    expect(await connects('10.0.0.1', 80)).toBe(true);
    expect((await exec(CLIENT, 'nc', '-z', '10.0.0.1', '80')).exitcode).toBe(0);
    expect(await connects('10.0.0.1', 81)).toBe(false);
    expect(await connects('10.0.0.9', 80)).toBe(false);

    await cluster.tenant.run('POST', `${path(WEB)}/status/suspend`);
    expect(await connects('10.0.0.1', 80)).toBe(false);
  });

  test.each(['bridge=vmbr1,tag=13', 'bridge=vmbr1', 'bridge=vmbr0,tag=12', 'bridge=vmbr1,tag=12,link_down=1'])(
    'is not reached from another network: %s',
    async (net) => {
      await running(WEB, '10.0.0.1', net);
      await running(CLIENT, '10.0.0.2');
      expect(await connects('10.0.0.1', 22)).toBe(false);
    },
  );
});

test('a service is active unless it was told otherwise by hand', async () => {
  await running(WEB, '10.0.0.1');
  expect(await exec(WEB, 'systemctl', 'is-active', 'nginx')).toMatchObject({ exitcode: 0, 'out-data': 'active\n' });
  await byHand(WEB, { guest: { services: { nginx: 'failed' } } });
  expect(await exec(WEB, 'systemctl', 'is-active', 'nginx')).toMatchObject({ exitcode: 3, 'out-data': 'failed\n' });
});
