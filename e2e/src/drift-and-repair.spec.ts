import { PROFILES, startPlatform, type Platform } from '@orion/testing';
import { ClusterByHand } from './cluster-by-hand';
import { deployRange, destroyRange, jobSucceeds, type NodeReading, type RangeReading } from './range-builder';

interface DriftReading {
  readonly observedAt: string;
  readonly items: readonly {
    readonly kind: string;
    readonly node: string;
    readonly vmId: number;
    readonly detail: string;
  }[];
}

const TEMPLATE = 9000;

describe.each(PROFILES)('on the %s profile', (profile) => {
  let platform: Platform;
  let cluster: ClusterByHand;
  beforeAll(async () => {
    platform = await startPlatform(profile);
    cluster = new ClusterByHand(platform.simulator);
  });

  const run = (path: string) => jobSucceeds(platform.client, path);
  /** As it is now, not as it was when the agent told last. */
  const driftOf = async (rangeId: string): Promise<DriftReading> => {
    await run(`/sites/${platform.siteId}/observations`);
    return platform.client.get(`/ranges/${rangeId}/drift`);
  };

  test('what people did by hand is told in words, and a repair sets right that and nothing else', async () => {
    const { client } = platform;
    const range = await deployRange(client, platform.siteId, 6);
    expect((await driftOf(range.id)).items).toEqual([]);
    const [gone, stopped, started, replaced, hidden, fine] = range.nodes as [NodeReading, ...NodeReading[]] &
      NodeReading[];
    await run(`/ranges/${range.id}/nodes/${started?.name ?? ''}/stop`);

    await cluster.remove(gone.vmId);
    await cluster.change(stopped?.vmId ?? 0, { status: 'stopped' });
    await cluster.change(started?.vmId ?? 0, { status: 'running' });
    await cluster.remove(replaced?.vmId ?? 0);
    await cluster.plant(replaced?.vmId ?? 0, { pool: 'orion-ranges' });
    await cluster.remove(hidden?.vmId ?? 0);
    await cluster.plant(hidden?.vmId ?? 0);

    const drift = await driftOf(range.id);
    expect(drift.items.map(({ node, kind, detail }) => [node, kind, detail])).toEqual([
      [gone.name, 'missing', expect.stringContaining('has no VM')],
      [stopped?.name, 'changed', expect.stringContaining('is stopped, should be running')],
      [started?.name, 'changed', expect.stringContaining('is running, should be stopped')],
      [replaced?.name, 'foreign', expect.stringContaining('(intruder) carries no mark of ours')],
      [hidden?.name, 'missing', expect.stringContaining('has no VM')],
    ]);
    expect(Date.now() - Date.parse(drift.observedAt)).toBeLessThan(30_000);

    const before = await cluster.counters();
    await cluster.forgetCalls();
    await run(`/ranges/${range.id}/repairs`);

    expect((await driftOf(range.id)).items).toEqual([]);
    const repaired = await client.get<RangeReading>(`/ranges/${range.id}`);
    expect(repaired.state).toBe('ready');
    const now = new Map(repaired.nodes.map((node) => [node.name, node]));
    for (const node of [gone, stopped, started, fine]) expect(now.get(node?.name ?? '')?.vmId).toBe(node?.vmId);
    for (const node of [replaced, hidden]) {
      expect(now.get(node?.name ?? '')?.vmId).not.toBe(node?.vmId);
      expect(await cluster.vm(node?.vmId ?? 0)).toMatchObject({ name: 'intruder', status: 'running', tags: [] });
    }
    expect(repaired.nodes.map(({ interfaces }) => interfaces)).toEqual(range.nodes.map(({ interfaces }) => interfaces));
    expect(repaired.nodes.map(({ name, state }) => [name, state])).toEqual(
      range.nodes.map(({ name }) => [name, name === started?.name ? 'stopped' : 'running']),
    );

    const made = [gone, replaced, hidden].map((node) => now.get(node?.name ?? '')?.vmId);
    const touched = new Set((await cluster.changes()).map(({ vmId }) => vmId).filter((vmId) => vmId !== TEMPLATE));
    expect([...touched].sort()).toEqual([stopped?.vmId, started?.vmId, ...made].sort());
    const after = await cluster.counters();
    expect((after['clones'] ?? 0) - (before['clones'] ?? 0)).toBe(3);
    expect((after['starts'] ?? 0) - (before['starts'] ?? 0)).toBe(4);

    await cluster.forgetCalls();
    await run(`/ranges/${range.id}/repairs`);
    expect(await cluster.changes()).toEqual([]);

    await destroyRange(client, range.id);
    expect((await cluster.vms()).map(({ name }) => name)).toEqual(['intruder', 'intruder']);
    for (const node of [replaced, hidden]) await cluster.remove(node?.vmId ?? 0);
  });
});
