import { startPlatform, type Platform } from '@orion/testing';
import fc from 'fast-check';
import { ClusterByHand } from './cluster-by-hand';
import { deployRange, destroyRange, jobEnds, jobSucceeds, type Accepted, type NodeReading } from './range-builder';

const RESETS = 100;
const NODES = 3;
const SEED = Number(process.env['SEED'] || Date.now() % 2 ** 31);

/** What hands do to a VM between two resets. */
const CHANGE = fc.oneof(
  fc.record({
    files: fc.dictionary(fc.constantFrom('/root/flag', '/etc/motd', '/tmp/loot'), fc.string(), { minKeys: 1 }),
  }),
  fc.constantFrom(
    { files: { '/root/flag': null } },
    { status: 'stopped' },
    { status: 'stopped', files: { '/root/flag': 'while off' } },
    { config: { cores: 7 } },
    { config: { memory: '1337' } },
    { config: { net0: 'virtio=BC:24:11:DE:AD:01,bridge=vmbr0' } },
    { config: { net0: null } },
    { config: { net1: 'virtio=BC:24:11:DE:AD:02,bridge=vmbr1,tag=4' } },
    { config: { description: 'touched', onboot: 1 } },
    { snapshots: { mine: {} } },
    { snapshots: { mine: {}, other: {} } },
    { snapshots: { mine: null } },
    { guest: { agentDead: false } },
  ),
);
/** Between two resets: some changes, each of some node; now and then one that cannot be undone. */
const ROUND = fc.record({
  changes: fc.array(fc.record({ node: fc.nat(NODES - 1), change: CHANGE }), { minLength: 1, maxLength: 4 }),
  lost: fc.oneof(
    { weight: 19, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ node: fc.nat(NODES - 1), how: fc.constantFrom('vm', 'snapshot') }) },
  ),
});

interface ResetReport {
  readonly proven: boolean;
  readonly digest: string;
}

let platform: Platform;
let cluster: ClusterByHand;
beforeAll(async () => {
  platform = await startPlatform('all-in-one');
  cluster = new ClusterByHand(platform.simulator);
});

test(`${RESETS} resets in a row come to the same state, whatever hands did in between (SEED=${SEED})`, async () => {
  const { client, siteId } = platform;
  const range = await deployRange(client, siteId, NODES);
  const vmOf = async (index: number): Promise<number> => {
    const { items } = await client.get<{ items: readonly NodeReading[] }>(`/ranges/${range.id}/nodes`);
    return items[index]?.vmId ?? 0;
  };
  const takeBaseline = async (name: string): Promise<string> => {
    const { result } = await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name });
    return (result as { digest: string }).digest;
  };
  for (let index = 0; index < NODES; index++) {
    await cluster.change(await vmOf(index), { files: { '/root/flag': 'clean' } });
  }
  let name = 'baseline-0';
  let digest = await takeBaseline(name);

  const rounds = fc.sample(ROUND, { seed: SEED, numRuns: RESETS });
  for (const [number, { changes, lost }] of rounds.entries()) {
    for (const { node, change } of changes) await cluster.change(await vmOf(node), change);
    if (lost !== null) {
      const vmId = await vmOf(lost.node);
      if (lost.how === 'vm') await cluster.remove(vmId);
      else await cluster.change(vmId, { snapshots: { [`orion-${name}`]: null } });
      const { job } = await client.post<Accepted>(`/ranges/${range.id}/resets`);
      expect(await jobEnds(client, job.id)).toMatchObject({ state: 'failed', error: { code: 'reset.not_proven' } });
      if (lost.how === 'snapshot') await cluster.remove(vmId);
      await jobSucceeds(client, `/ranges/${range.id}/repairs`);
      await expect(client.post(`/ranges/${range.id}/resets`)).rejects.toThrow('baseline.not_ready');
      await cluster.change(vmId, { files: { '/root/flag': 'clean' } });
      await jobSucceeds(client, '/jobs', { kind: 'baseline.delete', rangeId: range.id, name });
      name = `baseline-${number + 1}`;
      digest = await takeBaseline(name);
    }
    const { result } = await jobSucceeds(client, `/ranges/${range.id}/resets`);
    expect(result as ResetReport).toMatchObject({ proven: true, digest });
    for (let index = 0; index < NODES; index++) {
      expect((await cluster.vm(await vmOf(index))).files).toEqual({ '/root/flag': 'clean' });
    }
  }
  await destroyRange(client, range.id);
}, 280_000);
