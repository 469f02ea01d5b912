import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { registerTestResource, startLinkProxy, waitFor, waitUntil, type Patch } from '@orion/testing';
import { aBlueprint, deployRange, destroyRange, jobEnds, submitRange, type RangeReading } from '../range-builder';
import { clonesHeldOnTheWire, GUARDS } from './guards';
import { Installation, TOKENS } from './installation';

interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly caller?: string;
}

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
});

const deployOne = (): Promise<RangeReading> => deployRange(installation.client, installation.siteId, 1);
const stopOf = (range: { readonly id: string }) =>
  installation.client.post<{ job: { id: string } }>(`/ranges/${range.id}/stop`);
const statusOf = async (vmId: number) => (await installation.vms()).find(({ vmid }) => vmid === vmId)?.status;
const removeByHand = (vmId: number) => installation.simulator.request('DELETE', `/vms/${vmId}`);

describe('the owner mark', () => {
  /** Puts a VM of somebody else where a node's VM was, and stops the range. */
  async function stopRangeWithForeignVm(): Promise<string | undefined> {
    const range = await deployOne();
    const vmId = range.nodes[0]?.vmId ?? 0;
    await removeByHand(vmId);
    await installation.simulator.post('/vms', {
      vmid: vmId,
      host: range.nodes[0]?.host,
      status: 'running',
      pool: 'orion-ranges',
    });
    const { job } = await stopOf(range);
    await jobEnds(installation.client, job.id);
    const status = await statusOf(vmId);
    await removeByHand(vmId);
    await destroyRange(installation.client, range.id);
    return status;
  }

  test('keeps a VM of somebody else as it is, whatever id it has', async () => {
    await installation.launch('agent');
    expect(await stopRangeWithForeignVm()).toBe('running');
  });

  test('without the owner mark, the VM of somebody else is stopped', async () => {
    await installation.launch('agent', { patches: GUARDS.ownerMark });
    expect(await stopRangeWithForeignVm()).toBe('stopped');
  });
});

describe('the target sequence', () => {
  /** Cancels a deploy whose clone is still on the wire, lets the clone arrive, and tells what came of it. */
  async function cloneThatArrivesLate(): Promise<{ status: string; code?: string; clones: number }> {
    const gate = installation.gate().path;
    writeFileSync(gate, '');
    const orchestrator = await installation.launch('orchestrator', { patches: clonesHeldOnTheWire(gate) });
    const told = (text: string): string | undefined => orchestrator.lines.find((line) => line.includes(text));
    const { client, siteId, simulator } = installation;
    await simulator.request('DELETE', '/counters');
    const { job, range } = await submitRange(client, siteId, aBlueprint(1));
    await waitFor(() => told('"held":"clone"') !== undefined, { describe: 'the clone to be on the wire' });
    await client.post(`/jobs/${job.id}/cancel`);
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'cancelled' });
    expect(await client.get<RangeReading>(`/ranges/${range.id}`)).toMatchObject({ state: 'destroyed' });
    rmSync(gate);
    await waitFor(() => told('"command":"vm.clone"') !== undefined, { describe: 'the clone to arrive' });
    const { status, code } = JSON.parse(told('"command":"vm.clone"') ?? '') as { status: string; code?: string };
    // An agent that took it on clones now; one that refused it never will.
    const clones = await waitUntil(
      async () => (await simulator.get<{ clones?: number }>('/counters')).clones ?? 0,
      (count) => status === 'refused' || count > 0,
      { describe: 'the clone' },
    );
    for (const { vmid } of await installation.vms()) await removeByHand(vmid);
    return { status, ...(code !== undefined && { code }), clones };
  }

  test('keeps a clone that was overtaken by a cancel from having an effect', async () => {
    await installation.launch('agent');
    expect(await cloneThatArrivesLate()).toEqual({ status: 'refused', code: 'command.stale_sequence', clones: 0 });
  });

  test('without the target sequence, the clone makes a VM that no range accounts for', async () => {
    await installation.launch('agent', { patches: GUARDS.targetSequence });
    expect(await cloneThatArrivesLate()).toEqual({ status: 'accepted', clones: 1 });
  });

  afterAll(() => installation.launch('orchestrator'));
});

describe('the journal of the agent', () => {
  /** Kills an agent that has stopped a VM and could tell nobody. The VM is started by hand before the next one comes. */
  async function stopOfWhichNobodyHeard(
    patches: (typeof GUARDS)['agentJournal'] | readonly [],
  ): Promise<string | undefined> {
    const { client, simulator, nats } = installation;
    await installation.launch('agent', { patches });
    const range = await deployOne();
    const vmId = range.nodes[0]?.vmId ?? 0;
    const { id: hold } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.*', phase: 'task', vmId });
    const beforeStop = installation.journal().length;
    const { job } = await stopOf(range);
    await simulator.get(`/holds/${hold}?waitMs=10000`);
    await nats.kill();
    await simulator.post(`/holds/${hold}/release`);
    await waitUntil(
      () => statusOf(vmId),
      (status) =>
        status === 'stopped' && (patches.length > 0 || installation.journal().includes(`"outcome":`, beforeStop)),
      { describe: 'the VM to be stopped, and its outcome to be journaled' },
    );
    await installation.part('agent').kill();
    await simulator.request('PATCH', `/vms/${vmId}`, { body: { status: 'running' } });
    await nats.restart();
    await installation.launch('agent', { patches });
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const status = await statusOf(vmId);
    await destroyRange(client, range.id);
    return status;
  }

  test('keeps what was done from being done again after a crash', async () => {
    expect(await stopOfWhichNobodyHeard([])).toBe('running');
  });

  test('without the journal of the agent, the stop is carried out a second time', async () => {
    expect(await stopOfWhichNobodyHeard(GUARDS.agentJournal)).toBe('stopped');
  });
});

describe('the generation of a site', () => {
  /** Who changed something at the hypervisor after a second agent had registered. */
  async function whoActsBesideASecondAgent(): Promise<readonly string[]> {
    const { client, siteId, simulator } = installation;
    await installation.launch('agent');
    const second = await installation.another('agent', { token: TOKENS.second, journal: `second-${randomUUID()}` });
    await simulator.request('DELETE', '/requests');
    const range = await deployRange(client, siteId, 4);
    await destroyRange(client, range.id);
    await second.stop();
    const { requests } = await simulator.get<{ requests: readonly ApiCall[] }>('/requests?limit=5000');
    return [...new Set(requests.filter(({ method }) => method !== 'GET').map(({ caller }) => caller ?? ''))].sort();
  }

  test('keeps the agent that was replaced from acting', async () => {
    await installation.launch('orchestrator');
    expect(await whoActsBesideASecondAgent()).toEqual([TOKENS.second.id]);
  });

  test('without the generation of a site, both agents act on one site', async () => {
    await installation.launch('orchestrator', { patches: GUARDS.siteGeneration });
    expect(await whoActsBesideASecondAgent()).toEqual([TOKENS.first.id, TOKENS.second.id]);
  });
});

describe('the lease of an agent', () => {
  /**
   * An agent with one slot is cut off while it stops the first of two VMs. Another one takes its place, stops both and starts
   * the second one again. Tells what that VM does when the first agent has gone on, or has halted.
   */
  async function whatAnAgentDoesThatWasCutOff(patches: readonly Patch[]): Promise<string | undefined> {
    const { client, siteId, simulator, nats } = installation;
    const link = await startLinkProxy({ port: Number(new URL(nats.url).port) });
    registerTestResource({ dispose: () => link.close() });
    const env = { ORION_AGENT_SLOTS: '1', ORION_NATS_URL: `nats://127.0.0.1:${link.port}` };
    const first = await installation.launch('agent', { patches, env });
    const range = await deployRange(client, siteId, 2);
    const { id: hold } = await simulator.post<{ id: string }>('/holds', {
      operation: 'vm.shutdown',
      phase: 'response',
    });
    const before = installation.journal().length;
    const { job } = await stopOf(range);
    await simulator.get(`/holds/${hold}?waitMs=10000`);
    await waitFor(() => installation.journal().slice(before).split('"kind":"vm.stop"').length === 3, {
      describe: 'the agent to have taken on both stops',
    });
    link.cut();

    const second = await installation.another('agent', { token: TOKENS.second, journal: `second-${randomUUID()}` });
    expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    const { requests } = await simulator.get<{ requests: readonly ApiCall[] }>('/requests?limit=5000');
    const mine = requests.filter(({ path, caller }) => path.endsWith('/shutdown') && caller === TOKENS.first.id).at(-1);
    const { name = '', vmId = 0 } = range.nodes.find((node) => !mine?.path.includes(`/${node.vmId}/`)) ?? {};
    const started = await client.post<{ job: { id: string } }>(`/ranges/${range.id}/nodes/${name}/start`);
    expect(await jobEnds(client, started.job.id)).toMatchObject({ state: 'succeeded' });
    await simulator.post(`/holds/${hold}/release`);
    const status = await waitUntil(
      () => statusOf(vmId),
      (seen) => seen === 'stopped' || first.log.some(({ msg }) => String(msg).startsWith('Beginning no changes')),
      { describe: 'the agent that was cut off to go on, or to halt' },
    );

    await installation.launch('agent');
    await second.stop();
    await destroyRange(client, range.id);
    return status;
  }

  test('keeps an agent that was cut off from acting beside the one in its place', async () => {
    await installation.launch('orchestrator');
    expect(await whatAnAgentDoesThatWasCutOff([])).toBe('running');
  });

  test('without the lease, it stops a VM that was started again', async () => {
    expect(await whatAnAgentDoesThatWasCutOff(GUARDS.agentLease)).toBe('stopped');
  });
});
