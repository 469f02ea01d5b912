import { PROFILES, startPlatform, waitFor, type Platform } from '@orion/testing';
import { ClusterByHand } from './cluster-by-hand';
import {
  deployRange,
  destroyRange,
  jobEnds,
  jobSucceeds,
  submitRange,
  type Accepted,
  type RangeReading,
} from './range-builder';

/** A node whose probes look at a file of its own and have the other one connect to it. */
const PROBED = `
schemaVersion: 1
name: e2e-probed
networks:
  - { name: lan, cidr: 10.78.0.0/24 }
nodes:
  - name: box
    template: debian-12
    interfaces: [{ network: lan }]
    readiness: { guestAgent: true }
    probes:
      - { name: flag, timeoutSeconds: 1, exec: { command: [cat, /root/flag], output: '^clean$' } }
      - { name: ssh, timeoutSeconds: 1, tcp: { port: 22, from: peer } }
  - name: peer
    template: debian-12
    interfaces: [{ network: lan }]
    readiness: { guestAgent: true }
`;

interface ResetReport {
  readonly proven: boolean;
  readonly digest: string;
  readonly expectedDigest: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly ok: boolean;
    readonly rounds: number;
    readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly found: string }[];
  }[];
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

  const rangeOf = (id: string) => platform.client.get<RangeReading>(`/ranges/${id}`);
  const reset = async (rangeId: string, body: object = {}): Promise<ResetReport> =>
    (await jobSucceeds(platform.client, `/ranges/${rangeId}/resets`, body)).result as ResetReport;

  test.each(['disk', 'memory'] as const)(
    'a reset to a %s baseline undoes what hands have done, and proves it',
    async (mode) => {
      const { client, siteId } = platform;
      const range = await deployRange(client, siteId, 3);
      const [first, second, third] = range.nodes.map(({ vmId }) => vmId) as [number, number, number];
      for (const vmId of [first, second, third]) await cluster.change(vmId, { files: { '/root/flag': 'clean' } });
      const made = await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean', mode });
      const { digest } = made.result as { digest: string };
      for (const { vmid, status, paused, snapshots } of await cluster.vms()) {
        expect({ vmid, status, paused, snapshots }).toMatchObject({
          status: 'running',
          paused: false,
          snapshots: [{ name: 'orion-clean', vmstate: mode === 'memory' }],
        });
      }

      await cluster.change(first, { files: { '/root/flag': 'dirty', '/root/more': 'x' }, config: { cores: 4 } });
      await cluster.change(second, { status: 'stopped', snapshots: { mine: {} } });
      await cluster.change(third, { config: { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' } });
      const report = await reset(range.id);

      expect(report).toMatchObject({ proven: true, digest, expectedDigest: digest });
      expect(report.nodes.map(({ ok, rounds }) => [ok, rounds])).toEqual([
        [true, 1],
        [true, 1],
        [true, 1],
      ]);
      for (const vmId of [first, second, third]) {
        expect(await cluster.vm(vmId)).toMatchObject({
          status: 'running',
          files: { '/root/flag': 'clean' },
          lock: null,
        });
      }
      expect((await cluster.vm(first)).config['cores']).not.toBe(4);
      expect(await rangeOf(range.id)).toMatchObject({ state: 'ready' });

      await jobSucceeds(client, '/jobs', { kind: 'baseline.delete', rangeId: range.id, name: 'clean' });
      expect((await cluster.vm(first)).snapshots).toEqual([]);
      await destroyRange(client, range.id);
    },
  );

  test('of a stopped range a baseline with memory keeps the disks, and a reset leaves it stopped', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 2);
    await jobSucceeds(client, `/ranges/${range.id}/stop`);
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'off', mode: 'memory' });
    for (const { snapshots } of await cluster.vms())
      expect(snapshots).toMatchObject([{ name: 'orion-off', vmstate: false }]);
    await jobSucceeds(client, `/ranges/${range.id}/start`);
    expect(await reset(range.id)).toMatchObject({ proven: true });
    expect(await rangeOf(range.id)).toMatchObject({ state: 'stopped', desiredState: 'stopped' });
    await destroyRange(client, range.id);
  });

  test('a baseline that fails at one node leaves the range as it was', async () => {
    const { client, siteId, simulator } = platform;
    const range = await deployRange(client, siteId, 3);
    const error = { operation: 'vm.snapshot', kind: 'taskFails', text: 'no space left on device' };
    await simulator.post('/faults', { ...error, skip: 2, times: 20 });

    const { job } = await client.post<Accepted>(`/ranges/${range.id}/baselines`, { name: 'never' });

    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'failed' });
    expect(await rangeOf(range.id)).toMatchObject({
      state: 'ready',
      nodes: range.nodes.map(() => ({ state: 'running' })),
    });
    for (const { status, snapshots } of await cluster.vms()) expect([status, snapshots]).toEqual(['running', []]);
    expect(await client.get(`/ranges/${range.id}/baselines`)).toMatchObject({ items: [] });
    await destroyRange(client, range.id);
  });

  test('what cannot come back quarantines the range and says why, until it is made anew', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 2);
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const [lost] = range.nodes;
    await cluster.change(lost?.vmId ?? 0, { snapshots: { 'orion-clean': null } });

    const { job } = await client.post<Accepted>(`/ranges/${range.id}/resets`, {});

    const ended = await jobEnds(client, job.id);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'reset.not_proven' } });
    const { nodes } = ended.result as ResetReport;
    expect(nodes.map(({ node, ok, rounds }) => [node, ok, rounds])).toEqual([
      [lost?.name, false, 2],
      [range.nodes[1]?.name, true, 1],
    ]);
    expect(await rangeOf(range.id)).toMatchObject({ state: 'quarantined' });
    await cluster.remove(lost?.vmId ?? 0);
    await jobSucceeds(client, `/ranges/${range.id}/repairs`);
    expect(await rangeOf(range.id)).toMatchObject({ state: 'ready' });
    await expect(client.post(`/ranges/${range.id}/resets`, {})).rejects.toThrow('baseline.not_ready');
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'anew' });
    expect(await reset(range.id)).toMatchObject({ proven: true });
    await destroyRange(client, range.id);
  });

  test('probes are tried after a reset; what they find wrong is said, and a retry proves the node once it is right', async () => {
    const { client, siteId } = platform;
    const { job, range: accepted } = await submitRange(client, siteId, PROBED);
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const range = await rangeOf(accepted.id);
    const box = range.nodes.find(({ name }) => name === 'box')?.vmId ?? 0;
    await cluster.change(box, { files: { '/root/flag': 'clean' } });
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const checked = (report: ResetReport) => report.nodes.find(({ node }) => node === 'box')?.checks ?? [];
    expect(checked(await reset(range.id)).filter(({ check }) => check.startsWith('probe'))).toMatchObject([
      { check: 'probe flag', ok: true },
      { check: 'probe ssh', ok: true, found: 'connected' },
    ]);

    await cluster.change(box, { guest: { ports: [] } });
    const { job: failing } = await client.post<Accepted>(`/ranges/${range.id}/resets`);
    const ended = await jobEnds(client, failing.id);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'reset.not_proven' } });
    expect(checked(ended.result as ResetReport).filter(({ ok }) => !ok)).toMatchObject([{ check: 'probe ssh' }]);
    expect(await rangeOf(range.id)).toMatchObject({ state: 'quarantined' });

    await cluster.change(box, { guest: { ports: [22] } });
    await client.post(`/jobs/${failing.id}/retry`);
    const retried = await jobEnds(client, failing.id);
    expect(retried).toMatchObject({ state: 'succeeded', result: { proven: true } });
    expect((retried.result as ResetReport).nodes.map(({ node, rounds }) => [node, rounds])).toEqual([
      ['box', 3],
      ['peer', 1],
    ]);
    await destroyRange(client, range.id);
  });

  test('a node is set back alone', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 2);
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const [first, second] = range.nodes.map(({ vmId }) => vmId) as [number, number];
    for (const vmId of [first, second]) await cluster.change(vmId, { files: { '/root/flag': 'dirty' } });

    const { result } = await jobSucceeds(client, `/ranges/${range.id}/nodes/${range.nodes[0]?.name ?? ''}/resets`);

    expect(result).toMatchObject({ proven: true, nodes: [{ node: range.nodes[0]?.name }] });
    expect((await cluster.vm(first)).files).toEqual({});
    expect((await cluster.vm(second)).files).toEqual({ '/root/flag': 'dirty' });
    await destroyRange(client, range.id);
  });

  test('a reset that is cancelled half-way leaves the range degraded, and the next one comes to the same end', async () => {
    const { client, siteId, simulator } = platform;
    const range = await deployRange(client, siteId, 2);
    const made = await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const { id: hold } = await simulator.post<{ id: string }>('/holds', {
      operation: 'vm.start',
      phase: 'task',
      times: 1,
    });
    const { job } = await client.post<Accepted>(`/ranges/${range.id}/resets`);
    await waitFor(async () => (await simulator.get<{ reached: boolean }>(`/holds/${hold}?waitMs=1000`)).reached);

    await client.post(`/jobs/${job.id}/cancel`);

    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'cancelled' });
    expect(await rangeOf(range.id)).toMatchObject({ state: 'degraded' });
    await simulator.request('DELETE', '/holds');
    const { digest } = made.result as { digest: string };
    expect(await reset(range.id)).toMatchObject({ proven: true, digest });
    expect(await rangeOf(range.id)).toMatchObject({ state: 'ready' });
    await destroyRange(client, range.id);
  });

  test('a reset is refused while another job changes the range, and waits its turn when asked to', async () => {
    const { client, siteId, simulator } = platform;
    const range = await deployRange(client, siteId, 2);
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const { id: hold } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.shutdown', phase: 'task' });
    const { job: stop } = await client.post<Accepted>(`/ranges/${range.id}/stop`);
    await waitFor(async () => (await simulator.get<{ reached: boolean }>(`/holds/${hold}?waitMs=1000`)).reached);

    await expect(client.post(`/ranges/${range.id}/resets`, {})).rejects.toThrow('range.busy');
    const { job } = await client.post<Accepted>(`/ranges/${range.id}/resets`, { queue: true });
    const { job: dropped } = await client.post<Accepted>(`/ranges/${range.id}/resets`, { queue: true });
    await client.post(`/jobs/${dropped.id}/cancel`);

    expect(await jobEnds(client, dropped.id)).toMatchObject({ state: 'cancelled' });
    expect(await client.get(`/jobs/${job.id}`)).toMatchObject({ state: 'pending' });
    await simulator.request('DELETE', '/holds');
    expect(await jobEnds(client, stop.id)).toMatchObject({ state: 'succeeded' });
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded', result: { proven: true } });
    expect(await rangeOf(range.id)).toMatchObject({ state: 'ready', desiredState: 'running' });
    await destroyRange(client, range.id);
  });
});
