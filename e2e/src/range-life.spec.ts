import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectSpans, drawTree, isOneTree, PROFILES, startPlatform, type Platform } from '@orion/testing';
import {
  aBlueprint,
  deployRange,
  destroyRange,
  jobEnds,
  submitRange,
  type Accepted,
  type JobReading,
  type RangeReading,
} from './range-builder';

const EXAMPLES = join(__dirname, '../../examples/blueprints');

interface PlanReading {
  readonly possible: boolean;
  readonly reasons: readonly { readonly code: string }[];
  readonly steps: number;
  readonly deploy: { readonly nodes: readonly { readonly name: string; readonly host: string }[] };
}

/** VMs at the simulated cluster that are no templates. */
async function vmsAt({ simulator }: Platform): Promise<number> {
  const vms = await simulator.get<readonly { template: boolean }[]>('/vms');
  return vms.filter(({ template }) => !template).length;
}

describe.each(PROFILES)('on the %s profile', (profile) => {
  let platform: Platform;
  let traces: Awaited<ReturnType<typeof collectSpans>>;

  beforeAll(async () => {
    traces = await collectSpans();
    platform = await startPlatform(profile, { OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint });
  });

  test('a range is deployed, stopped, started, snapshotted and destroyed through every hop', async () => {
    const { client, siteId } = platform;
    const office = readFileSync(join(EXAMPLES, 'small-office.yaml'), 'utf8');
    const { job, range } = await submitRange(client, siteId, office);
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded', error: null });

    const deployed = await client.get<RangeReading>(`/ranges/${range.id}`);
    expect(deployed.state).toBe('ready');
    expect(deployed.nodes.map(({ state }) => state)).toEqual(deployed.nodes.map(() => 'running'));
    expect(new Set(deployed.nodes.map(({ vmId }) => vmId)).size).toBe(deployed.nodes.length);
    expect(await vmsAt(platform)).toBe(deployed.nodes.length);

    const node = deployed.nodes[0]?.name ?? '';
    for (const [path, state] of [
      [`/ranges/${range.id}/nodes/${node}/snapshots`, 'ready'],
      [`/ranges/${range.id}/stop`, 'stopped'],
      [`/ranges/${range.id}/start`, 'ready'],
    ] as const) {
      const accepted = await client.post<Accepted>(path, path.endsWith('snapshots') ? { name: 'first' } : undefined);
      expect(await jobEnds(client, accepted.job.id)).toMatchObject({ state: 'succeeded' });
      expect(await client.get<RangeReading>(`/ranges/${range.id}`)).toMatchObject({ state });
    }
    expect(await destroyRange(client, range.id)).toMatchObject({ state: 'succeeded' });
    expect(await client.get<RangeReading>(`/ranges/${range.id}`)).toMatchObject({ state: 'destroyed' });
    expect(await vmsAt(platform)).toBe(0);
  });

  test('one trace leads from the request to each call of the hypervisor', async () => {
    const { client, siteId } = platform;
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const blueprintId = (
      await client.request<{ id: string }>('POST', '/blueprints', {
        text: aBlueprint(1),
        mediaType: 'application/yaml',
      })
    ).id;
    const { job, range } = await client.request<Accepted>('POST', '/ranges', {
      body: { name: 'traced', blueprintId, siteId },
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    await jobEnds(client, job.id);

    const spans = await traces.waitFor(
      traceId,
      (seen) => isOneTree(seen) && seen.some(({ name }) => /^proxmox POST .*start/.test(name)),
      { timeoutMs: 30_000 },
    );
    const services = new Set(spans.map(({ service }) => service));
    expect(services.size).toBeGreaterThanOrEqual(profile === 'distributed' ? 3 : 1);
    expect(drawTree(spans)).toMatch(/proxmox POST .*clone/);
    await destroyRange(client, range.id);
  });

  test('of two changes to one range at a time, the second is refused and names the first', async () => {
    const { client, siteId } = platform;
    const range = await deployRange(client, siteId, 1);
    const stop = await client.post<Accepted>(`/ranges/${range.id}/stop`);
    const refusal = await client.request('DELETE', `/ranges/${range.id}`).catch((error: unknown) => error);
    const ended = await jobEnds(client, stop.job.id);
    expect(ended.state).toBe('succeeded');
    expect(refusal).toMatchObject({ problem: { status: 409, code: 'range.busy' } });
    await destroyRange(client, range.id);
  });

  test('a range that does not fit fails before anything is made, saying what is missing where', async () => {
    const { client, siteId } = platform;
    const before = await platform.simulator.get<{ clones: number }>('/counters');
    const { job, range } = await submitRange(client, siteId, aBlueprint(2, { memoryMiB: 1_000_000 }));
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'failed', error: { code: 'capacity.insufficient' } });
    expect(await platform.simulator.get('/counters')).toMatchObject({ clones: before.clones });
    await destroyRange(client, range.id);
  });

  test('a plan touches nothing, and the deploy that follows does what it said', async () => {
    const { client, siteId, simulator } = platform;
    const written = async () => {
      const { requests } = await simulator.get<{ requests: readonly { method: string; path: string }[] }>(
        '/requests?limit=5000',
      );
      return requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    };
    const before = await written();
    for (const [nodes, memoryMiB] of [
      [1, 512],
      [4, 1_024],
      [7, 2_048],
    ] as const) {
      const document = aBlueprint(nodes, { memoryMiB });
      const plan = await client.post<PlanReading>('/ranges/plan', { document, siteId });
      if (nodes === 1) expect(await written()).toEqual(before);
      expect(plan).toMatchObject({ possible: true, reasons: [] });

      const { job, range } = await submitRange(client, siteId, document);
      const ended = await jobEnds(client, job.id);
      const { nodes: made } = await client.get<RangeReading>(`/ranges/${range.id}`);

      expect(ended).toMatchObject({ state: 'succeeded', progress: { total: plan.steps } });
      expect(made.map(({ name, host }) => [name, host])).toEqual(
        plan.deploy.nodes.map(({ name, host }) => [name, host]),
      );
      await destroyRange(client, range.id);
    }
    const short = aBlueprint(2, { memoryMiB: 1_000_000 });
    const refused = await client.post<PlanReading>('/ranges/plan', { document: short, siteId });
    expect(refused).toMatchObject({ possible: false, reasons: [{ code: 'capacity.insufficient' }] });
  });

  test('templates are proven by booting a clone of each, which is gone afterwards', async () => {
    const { job } = await platform.client.post<Accepted>(`/sites/${platform.siteId}/checks`, { templates: 'boot' });
    const { state, result } = await jobEnds(platform.client, job.id);
    const { findings } = result as { findings: readonly { readonly status: string; readonly detail: string }[] };

    expect([state, findings.filter(({ status }) => status === 'failed')]).toEqual(['succeeded', []]);
    expect(findings.filter(({ detail }) => /its guest agent answers after/.test(detail)).length).toBeGreaterThan(0);
    expect(await vmsAt(platform)).toBe(0);
  });

  test('a deploy that fails half-way is resumed by a retry and repeats nothing that succeeded', async () => {
    const { client, siteId, simulator } = platform;
    const clones = async () => (await simulator.get<{ clones: number }>('/counters')).clones;
    const before = await clones();
    await simulator.post('/faults', {
      operation: 'vm.start',
      kind: 'taskFails',
      text: 'start failed: QEMU exited with code 1',
      times: 40,
    });
    const { job, range } = await submitRange(client, siteId, aBlueprint(2));
    const failed = await jobEnds(client, job.id);
    expect(failed.state).toBe('failed');
    await simulator.request('DELETE', '/faults');

    await client.post(`/jobs/${job.id}/retry`);
    const resumed: JobReading = await jobEnds(client, job.id);
    expect(resumed).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect((await clones()) - before).toBe(2);
    await destroyRange(client, range.id);
  });

  test('health names each dependency and readiness says that work is accepted', async () => {
    const { client } = platform;
    expect(await client.get('/health/ready')).toMatchObject({ state: 'up' });
    expect(await client.get('/version')).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});
