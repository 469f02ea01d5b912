import { PROFILES, startPlatform, waitFor, type Platform } from '@orion/testing';
import { ClusterByHand } from './cluster-by-hand';
import {
  aBlueprint,
  deployRange,
  destroyRange,
  jobEnds,
  jobSucceeds,
  submitRange,
  type RangeReading,
} from './range-builder';

interface SiteDrift {
  readonly items: readonly { readonly kind: string; readonly vnet: string | null; readonly vmId: number | null }[];
}

interface JobEvents {
  readonly items: readonly { readonly type: string; readonly data: { readonly error?: unknown } }[];
}

const TOGETHER = 10;

describe.each(PROFILES)('networks that are VNets, on the %s profile', (profile) => {
  let platform: Platform;
  let cluster: ClusterByHand;
  beforeAll(async () => {
    platform = await startPlatform(profile, { SITE_NETWORK_MODE: 'sdn' });
    cluster = new ClusterByHand(platform.simulator);
  });
  afterEach(async () => {
    await platform.simulator.request('DELETE', '/faults');
    await platform.simulator.request('DELETE', '/holds');
  });

  const rangeOf = (id: string) => platform.client.get<RangeReading>(`/ranges/${id}`);
  /** What the NICs of a range's VMs hang on. */
  const segmentsOf = async ({ nodes }: RangeReading): Promise<readonly string[]> => {
    const vms = await Promise.all(nodes.map(({ vmId }) => cluster.vm(vmId)));
    return vms.map(({ config }) => {
      const nic = new Map(
        String(config['net0'])
          .split(',')
          .map((part) => part.split('=') as [string, string]),
      );
      return `${nic.get('bridge')} ${nic.get('tag') ?? ''}`;
    });
  };
  const observe = () => jobSucceeds(platform.client, `/sites/${platform.siteId}/observations`);

  test('a range gets a VNet of its own on each host, and leaves none', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 3);

    const [network] = range.networks;
    expect(network).toMatchObject({ mode: 'sdn', zone: 'ranges', vnet: expect.stringMatching(/^[a-z][a-z0-9]{7}$/) });
    expect(await cluster.vnets()).toEqual([
      expect.objectContaining({
        ...{ vnet: network?.vnet, tag: network?.vlanTag, zone: 'ranges', hosts: ['pve1', 'pve2', 'pve3'] },
        alias: expect.stringMatching(new RegExp(`^orion-range/.+/${range.id}/lan$`)),
      }),
    ]);
    for (const { vmId } of range.nodes) {
      expect(await cluster.vm(vmId)).toMatchObject({
        config: { net0: expect.stringMatching(/firewall=1/) },
        firewall: { options: expect.objectContaining({ enable: 1, macfilter: 1 }) },
      });
    }
    for (const { interfaces } of range.nodes) {
      for (const { address, observed } of interfaces) expect(observed).toContain(address);
    }

    await destroyRange(client, range.id);
    expect(await cluster.vnets()).toEqual([]);
  });

  test(`${TOGETHER} ranges at once are applied in a few applies, none of them can reach another, and all go`, async () => {
    const { client, siteId } = platform;
    const { sdnApplies: before = 0 } = await cluster.counters();

    const ranges = await Promise.all(Array.from({ length: TOGETHER }, () => deployRange(client, siteId, 2)));

    const { sdnApplies: deployed = 0 } = await cluster.counters();
    expect(deployed - before).toBeLessThanOrEqual(4);
    // Each has the same addresses, and hangs on what no other range hangs on.
    expect(new Set(ranges.map(({ nodes }) => nodes.map(({ interfaces }) => interfaces[0]?.address).join())).size).toBe(
      1,
    );
    const segments = await Promise.all(ranges.map(segmentsOf));
    for (const ofRange of segments) expect(new Set(ofRange).size).toBe(1);
    expect(new Set(segments.flat()).size).toBe(TOGETHER);
    expect(new Set((await cluster.vnets()).map(({ tag }) => tag)).size).toBe(TOGETHER);

    await Promise.all(ranges.map(({ id }) => destroyRange(client, id)));
    const { sdnApplies: destroyed = 0 } = await cluster.counters();
    expect(destroyed - deployed).toBeLessThanOrEqual(4);
    expect(await cluster.vnets()).toEqual([]);
  });

  test('a host that fails behind a task that says OK is named, and asked again until it has the network', async () => {
    const { client, siteId, simulator } = platform;
    await simulator.post('/faults', { operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve1' });

    const { job, range } = await submitRange(client, siteId, aBlueprint(3));

    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const { items } = await client.request<JobEvents>('GET', `/jobs/${job.id}/events?limit=200`, {
      headers: { accept: 'application/json' },
    });
    const retried = items.filter(({ type }) => type === 'step.retrying').map(({ data }) => data.error);
    expect(retried).toEqual([
      expect.objectContaining({
        code: 'network.apply_failed',
        detail: expect.stringContaining('pve1'),
        facts: expect.objectContaining({ hosts: ['pve1'] }),
      }),
    ]);
    expect((await cluster.vnets()).map(({ hosts }) => hosts)).toEqual([['pve1', 'pve2', 'pve3']]);
    await destroyRange(client, range.id);
  });

  test('VNets of others stay as they are, their tags are not taken, and one that says it is ours is an orphan', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 1);
    const [own] = await cluster.vnets();
    const alias = own?.alias ?? '';
    await destroyRange(client, range.id);
    const foreign = { vnet: 'theirs', zone: 'ranges', tag: own?.tag ?? 0, alias: 'team net' };
    await cluster.plantVnet(foreign);
    await cluster.plantVnet({ vnet: 'orphan1', zone: 'ranges', tag: (own?.tag ?? 0) + 1, alias });
    await observe();

    const drift = await client.get<SiteDrift>(`/sites/${siteId}/drift`);
    expect(drift.items).toEqual([expect.objectContaining({ kind: 'orphan', vnet: 'orphan1', vmId: null })]);

    const next = await deployRange(client, siteId, 1);
    expect(next.networks[0]?.vlanTag).not.toBe(foreign.tag);
    await destroyRange(client, next.id);
    const left = await cluster.vnets();
    expect(left.map(({ vnet, alias: says }) => [vnet, says])).toEqual([
      ['theirs', 'team net'],
      ['orphan1', alias],
    ]);

    for (const { vnet } of left) await cluster.removeVnet(vnet);
    await observe();
    expect((await client.get<SiteDrift>(`/sites/${siteId}/drift`)).items).toEqual([]);
  });

  test('a reset brings back the VNet that hands have removed; name, tag, MACs and addresses stay', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 2);
    await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
    const [{ vnet } = { vnet: '' }] = await cluster.vnets();
    await cluster.removeVnet(vnet);
    const [node] = range.nodes;
    await cluster.change(node?.vmId ?? 0, { config: { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' } });

    const { result } = await jobSucceeds(client, `/ranges/${range.id}/resets`);

    expect(result).toMatchObject({ proven: true });
    expect((await cluster.vnets()).map((present) => present.vnet)).toEqual([vnet]);
    const after = await rangeOf(range.id);
    expect(after.networks).toEqual(range.networks);
    expect(after.nodes.map(({ interfaces }) => interfaces)).toEqual(range.nodes.map(({ interfaces }) => interfaces));
    expect(new Set(await segmentsOf(after))).toEqual(new Set([`${vnet} `]));
    await destroyRange(client, range.id);
  });

  test('a VNet that was removed by hand comes back with a repair, with the same name', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 2);
    const vnet = range.networks[0]?.vnet ?? '';
    await cluster.removeVnet(vnet);

    await jobSucceeds(client, `/ranges/${range.id}/repairs`);

    await waitFor(async () => (await cluster.vnets()).some((present) => present.vnet === vnet));
    expect(await rangeOf(range.id)).toMatchObject({ state: 'ready', networks: range.networks });
    await destroyRange(client, range.id);
  });
});
