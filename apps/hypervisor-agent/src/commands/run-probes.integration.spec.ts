import type { CommandPayloads, ProbeResult, ProbeSpec } from '@orion/contracts';
import { waitFor } from '@orion/testing';
import { AgentWorld, MARK } from '../testing/agent.fixture';

let world: AgentWorld;
let vmId: number;
let clientId: number;
beforeAll(async () => {
  world = await AgentWorld.start();
  await world.serve();
  [vmId, clientId] = [await aGuest('web', '10.20.0.10'), await aGuest('client', '10.20.0.11')];
});

/** A running guest of that node whose agent answers. */
async function aGuest(node: string, address: string): Promise<number> {
  const vm = { vmId: world.newVmId(), host: 'pve1' };
  const mac = `BC:24:11:0A:00:${address.slice(-2)}`;
  const nics = [{ network: 'lan', bridge: 'vmbr1', vlanTag: 21, mac, address: `${address}/24` }];
  const mark = { mark: { ...MARK, node } };
  const spec = { ...vm, name: node, cpus: 1, memoryMiB: 512, nics, description: node, guestAgent: true };
  for (const command of [
    world.clone(vm.vmId, mark),
    world.command('vm.configure', { ...spec, cloudInit: { user: 'trainee' } }, mark),
    world.command('vm.start', vm, mark),
    world.command('vm.ready', { ...vm, guestAgent: true }, mark),
  ])
    expect(await world.perform(command)).toMatchObject({ status: 'succeeded' });
  return vm.vmId;
}

async function probe(probes: readonly ProbeSpec[]): Promise<readonly ProbeResult[]> {
  const payload: CommandPayloads['vm.probe'] = { vmId, host: 'pve1', os: 'linux', probes };
  const outcome = await world.perform(world.command('vm.probe', payload));
  expect(outcome).toMatchObject({ status: 'succeeded' });
  return (outcome as unknown as { readonly result: { readonly probes: readonly ProbeResult[] } }).result.probes;
}

const exec = (name: string, command: readonly string[], more: { exitCode?: number; output?: string } = {}) =>
  ({ type: 'exec', name, timeoutMs: 300, command, exitCode: 0, ...more }) as const;
const tcp = (port: number, changes: { address?: string; node?: string; timeoutMs?: number } = {}) => {
  const { address = '10.20.0.10', node = 'client', timeoutMs = 300 } = changes;
  const from = { vmId: clientId, host: 'pve1', node, os: 'linux' } as const;
  return { type: 'tcp', name: `port ${port}`, timeoutMs, address, port, from } as const;
};

test('a command is judged by its exit code and by what it prints, and each probe is reported in words', async () => {
  const results = await probe([
    exec('prints', ['echo', 'nginx 1.26'], { output: '^nginx \\d' }),
    exec('prints else', ['echo', 'apache'], { output: '^nginx' }),
    exec('fails as it should', ['false'], { exitCode: 1 }),
    exec('fails', ['false']),
    exec('is not there', ['no-such-program']),
  ]);
  expect(results).toMatchObject([
    {
      name: 'prints',
      ok: true,
      expected: 'exit 0, printed what matches ^nginx \\d',
      found: 'exit 0, printed nginx 1.26',
    },
    { name: 'prints else', ok: false, found: 'exit 0, printed apache' },
    { name: 'fails as it should', ok: true, expected: 'exit 1', found: 'exit 1' },
    { name: 'fails', ok: false, expected: 'exit 0', found: 'exit 1' },
    { name: 'is not there', ok: false, found: expect.stringContaining('no-such-program') },
  ]);
});

test('a pattern that cannot be read, or never ends, and a flood of output are findings', async () => {
  await world.cluster.changeGuest(vmId, { programs: { flood: { stdout: `${'a'.repeat(200_000)}!` } } });
  const results = await probe([
    exec('unreadable', ['echo', 'x'], { output: '(' }),
    exec('endless', ['flood'], { output: '^(a+)+b$' }),
    exec('long', ['flood'], { output: '^aaa' }),
  ]);
  expect(results).toMatchObject([
    { ok: false, found: expect.stringContaining('the pattern cannot be read') },
    { ok: false, found: expect.stringContaining('the pattern took too long') },
    { ok: true },
  ]);
  for (const { found } of results) expect(found.length).toBeLessThan(400);
});

test('a port is tried from the other node, and a node that is not of the range tries nothing', async () => {
  await world.cluster.changeGuest(vmId, { ports: [80] });
  expect(await probe([tcp(80), tcp(81), tcp(80, { node: 'other' }), tcp(80, { address: 'a;reboot' })])).toMatchObject([
    { ok: true, expected: 'a connection from client to 10.20.0.10:80', found: 'connected' },
    { ok: false, found: 'no connection (exit 1)' },
    { ok: false, found: expect.any(String) },
    { ok: false, found: 'no address to connect to: a;reboot' },
  ]);
});

test('a service that comes up late passes within its time', async () => {
  await world.cluster.changeGuest(vmId, { ports: [] });
  const tries = () => world.cluster.calls('POST', `/qemu/${clientId}/agent/exec`);
  const before = await tries();
  const probing = probe([tcp(443, { timeoutMs: 20_000 })]);
  await waitFor(async () => (await tries()) > before);
  await world.cluster.changeGuest(vmId, { ports: [443] });
  expect(await probing).toMatchObject([{ ok: true, found: 'connected' }]);
});
