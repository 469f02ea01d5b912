import { randomUUID } from 'node:crypto';
import { PROFILES, startPlatform, waitFor, type Platform } from '@orion/testing';
import { ClusterByHand, type SimulatedVm } from './cluster-by-hand';
import { destroyRange, jobEnds, jobSucceeds, storeBlueprint, type Accepted, type RangeReading } from './range-builder';

const node = (name: string, more = '', networks = '[{ network: lan }]'): string =>
  `  - { name: ${name}, template: debian-12, interfaces: ${networks}, readiness: { guestAgent: true }${more} }`;
const document = (name: string, networks: readonly string[], nodes: readonly string[]): string =>
  ['schemaVersion: 1', `name: ${name}`, 'networks:', ...networks, 'nodes:', ...nodes].join('\n');
const LAN = '  - { name: lan, cidr: 10.81.0.0/24 }';
const DMZ = '  - { name: dmz, cidr: 10.82.0.0/24 }';
const MEMORY = (memoryMiB: number): string => `, resources: { cpus: 1, memoryMiB: ${memoryMiB} }`;

/** One node stays, one grows and hangs on a network more, one is made anew, one goes, one comes. */
const REVISIONS = (name: string): readonly [string, string] => [
  document(
    name,
    [LAN],
    [
      node('stays', MEMORY(512)),
      node('grows', `${MEMORY(512)}, dependsOn: [stays]`),
      node('anew', `${MEMORY(512)}, dependsOn: [grows]`),
      node('goes', MEMORY(512)),
    ],
  ),
  document(
    name,
    [LAN, DMZ],
    [
      node('stays', MEMORY(512)),
      node('grows', `${MEMORY(1_024)}, dependsOn: [stays]`, '[{ network: lan }, { network: dmz }]'),
      node('anew', `${MEMORY(512)}, cloneMode: full, dependsOn: [grows]`),
      node('comes', MEMORY(512), '[{ network: dmz }]'),
    ],
  ),
];

interface Reading extends RangeReading {
  readonly blueprint?: { readonly revision: number };
  readonly revision?: number;
}

describe.each(PROFILES)('on the %s profile', (profile) => {
  let platform: Platform;
  let cluster: ClusterByHand;
  beforeAll(async () => {
    platform = await startPlatform(profile);
    cluster = new ClusterByHand(platform.simulator);
  });
  afterEach(async () => {
    await platform.simulator.request('DELETE', '/faults');
    await platform.simulator.request('DELETE', '/holds');
  });

  /** A range at the first of two revisions, with a file in each guest. */
  async function deployed(): Promise<Reading> {
    const { client, siteId } = platform;
    const [first, second] = REVISIONS(`e2e-${randomUUID().slice(0, 8)}`);
    const blueprintId = await storeBlueprint(client, first);
    const headers = { 'if-match': '"1"' };
    await client.request('PUT', `/blueprints/${blueprintId}`, { text: second, mediaType: 'application/yaml', headers });
    const name = `e2e-${randomUUID().slice(0, 8)}`;
    const { job, range } = await client.post<Accepted>('/ranges', { name, blueprintId, revision: 1, siteId });
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const reading = await rangeOf(range.id);
    for (const { name: named, vmId } of reading.nodes) await cluster.change(vmId, { files: { '/root/flag': named } });
    return reading;
  }
  const rangeOf = (id: string) => platform.client.get<Reading>(`/ranges/${id}`);
  const apply = async (rangeId: string, revision: number) =>
    (await platform.client.post<Accepted>(`/ranges/${rangeId}/applies`, { revision })).job;
  const idsOf = (range: Reading) => Object.fromEntries(range.nodes.map(({ name, vmId }) => [name, vmId]));
  /** What of a VM must be the same when a change was taken back. */
  const shown = ({ vmid, name, status, config, snapshots, files }: SimulatedVm) => ({
    ...{ vmid, name, status, snapshots, files },
    hardware: [config['memory'], config['cores'], config['net0'], config['net1']],
  });
  const pictured = async () => (await cluster.vms()).map(shown).sort((a, b) => a.vmid - b.vmid);

  /** The range is in all that it was before. */
  async function expectAsBefore(before: Reading, picture: Awaited<ReturnType<typeof pictured>>): Promise<void> {
    const now = await rangeOf(before.id);
    expect(now).toMatchObject({
      state: 'ready',
      nodes: before.nodes.map(({ name, vmId, state }) => ({ name, vmId, state })),
    });
    expect(now.networks).toEqual(before.networks);
    expect(await pictured()).toEqual(picture);
    await jobSucceeds(platform.client, `/ranges/${before.id}/repairs`);
    expect(await platform.client.get(`/ranges/${before.id}/drift`)).toMatchObject({ items: [] });
  }

  test('a range goes to another revision and back, and only what differs is touched', async () => {
    const { client } = platform;
    const range = await deployed();
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'first' });
    const before = idsOf(range);
    const plan = await client.post<{ steps: number; possible: boolean }>('/ranges/plan', {
      rangeId: range.id,
      revision: 2,
    });
    expect(plan).toMatchObject({ possible: true });
    await cluster.forgetCalls();

    const job = await apply(range.id, 2);

    expect(await jobEnds(client, job.id)).toMatchObject({
      state: 'succeeded',
      result: { from: 1, revision: 2 },
      progress: { done: plan.steps, total: plan.steps },
    });
    const there = await rangeOf(range.id);
    const after = idsOf(there);
    expect(there).toMatchObject({ state: 'ready', revision: 2 });
    expect(there.nodes.map(({ name, state }) => [name, state])).toEqual([
      ['stays', 'running'],
      ['grows', 'running'],
      ['anew', 'running'],
      ['comes', 'running'],
    ]);
    expect(there.networks.map(({ name }) => name)).toEqual(['dmz', 'lan']);
    expect([after['stays'], after['grows']]).toEqual([before['stays'], before['grows']]);
    expect(after['anew']).not.toBe(before['anew']);
    expect((await cluster.changes()).filter(({ vmId }) => vmId === before['stays'])).toEqual([]);
    const vms = new Map((await cluster.vms()).map((vm) => [vm.vmid, vm]));
    expect([...vms.keys()].sort()).toEqual(Object.values(after).sort());
    expect(vms.get(after['grows'] ?? 0)).toMatchObject({
      config: { memory: '1024' },
      files: { '/root/flag': 'grows' },
      snapshots: [{ name: 'orion-first' }],
    });
    expect(vms.get(after['anew'] ?? 0)).toMatchObject({ name: 'anew', files: {} });
    await expect(client.post(`/ranges/${range.id}/resets`, {})).rejects.toThrow('baseline.not_ready');
    await jobSucceeds(client, `/ranges/${range.id}/repairs`);
    expect(await client.get(`/ranges/${range.id}/drift`)).toMatchObject({ items: [] });

    expect(await jobEnds(client, (await apply(range.id, 1)).id)).toMatchObject({ state: 'succeeded' });
    const back = await rangeOf(range.id);
    expect(back).toMatchObject({ state: 'ready', revision: 1, networks: [{ name: 'lan' }] });
    expect(Object.keys(idsOf(back)).sort()).toEqual(Object.keys(before).sort());
    await destroyRange(client, range.id);
    expect(await cluster.vms()).toEqual([]);
  });

  test('a change that fails is taken back whole', async () => {
    const { client, simulator } = platform;
    const range = await deployed();
    const picture = await pictured();
    await simulator.post('/faults', { operation: 'vm.clone', kind: 'taskFails', text: 'no space left', times: 50 });

    const job = await apply(range.id, 2);

    expect(await jobEnds(client, job.id)).toMatchObject({
      state: 'failed',
      error: { facts: { code: 'hypervisor.task_failed' } },
    });
    await expect(client.post(`/jobs/${job.id}/retry`)).rejects.toThrow('job.illegal_transition');
    await simulator.request('DELETE', '/faults');
    await expectAsBefore(range, picture);
    await destroyRange(client, range.id);
  });

  test('one that is cancelled half-way is taken back whole', async () => {
    const { client, simulator } = platform;
    const range = await deployed();
    const picture = await pictured();
    const grows = range.nodes.find(({ name }) => name === 'grows')?.vmId ?? 0;
    const { id: hold } = await simulator.post<{ id: string }>('/holds', {
      operation: 'vm.clone',
      phase: 'task',
      times: 2,
    });
    const job = await apply(range.id, 2);
    await waitFor(async () => (await cluster.vm(grows)).config['memory'] === '1024', {
      describe: 'the change of grows',
    });

    await client.post(`/jobs/${job.id}/cancel`);
    await simulator.post(`/holds/${hold}/release`);

    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'cancelled' });
    await expectAsBefore(range, picture);
    await destroyRange(client, range.id);
  });

  test('what cannot be removed in the end is said, and a retry removes it', async () => {
    const { client } = platform;
    const range = await deployed();
    const old = idsOf(range)['anew'] ?? 0;
    await cluster.change(old, { config: { protection: 1 } });

    const job = await apply(range.id, 2);

    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'failed', error: { code: 'job.steps_failed' } });
    expect(await client.get(`/jobs/${job.id}/steps?state=failed`)).toMatchObject({
      items: [{ kind: 'vm.destroy', subject: 'anew~old', error: { code: 'vm.protected' } }],
    });
    const half = await rangeOf(range.id);
    expect(half).toMatchObject({ state: 'degraded', revision: 2 });
    expect(half.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['anew', 'anew~old', 'comes']));
    await cluster.change(old, { config: { protection: 0 } });
    await client.post(`/jobs/${job.id}/retry`);
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const whole = await rangeOf(range.id);
    expect(whole).toMatchObject({ state: 'ready' });
    expect((await cluster.vms()).map(({ vmid }) => vmid).sort()).toEqual(Object.values(idsOf(whole)).sort());
    await destroyRange(client, range.id);
  });

  test('a repair in its place removes it as well', async () => {
    const { client } = platform;
    const range = await deployed();
    const old = idsOf(range)['anew'] ?? 0;
    await cluster.change(old, { config: { protection: 1 } });
    expect(await jobEnds(client, (await apply(range.id, 2)).id)).toMatchObject({ state: 'failed' });
    await cluster.change(old, { config: { protection: 0 } });

    await jobSucceeds(client, `/ranges/${range.id}/repairs`);

    const whole = await rangeOf(range.id);
    expect(whole).toMatchObject({ state: 'ready', revision: 2 });
    expect((await cluster.vms()).map(({ vmid }) => vmid).sort()).toEqual(Object.values(idsOf(whole)).sort());
    await destroyRange(client, range.id);
  });

  test('what does not fit the site is said before anything is touched', async () => {
    const { client } = platform;
    const range = await deployed();
    const picture = await pictured();

    await expect(client.post(`/ranges/${range.id}/applies`, { revision: 3 })).rejects.toThrow('resource.not_found');
    await expect(client.post(`/ranges/${range.id}/applies`, {})).rejects.toThrow('request.invalid');
    expect(await pictured()).toEqual(picture);
    await destroyRange(client, range.id);
  });
});
