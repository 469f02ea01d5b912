import { startPlatform, waitFor, type Platform } from '@orion/testing';
import { ClusterByHand } from './cluster-by-hand';
import {
  aBlueprint,
  deployRange,
  destroyRange,
  jobEnds,
  jobSucceeds,
  submitRange,
  type Accepted,
  type JobReading,
  type RangeReading,
} from './range-builder';

interface SimulatedTask {
  readonly type: string;
  readonly exitstatus?: string;
}

let platform: Platform;
let cluster: ClusterByHand;
beforeAll(async () => {
  platform = await startPlatform('all-in-one');
  cluster = new ClusterByHand(platform.simulator);
});
afterEach(async () => {
  await platform.simulator.request('DELETE', '/faults');
  await platform.simulator.request('DELETE', '/holds');
});

const rangeOf = (id: string) => platform.client.get<RangeReading>(`/ranges/${id}`);
/** Effects since `before`, by kind. */
const since = async (before: Readonly<Record<string, number>>, effect: string) =>
  ((await cluster.counters())[effect] ?? 0) - (before[effect] ?? 0);

test('a cancel stops the task that runs on the hypervisor, and removes what the job has made', async () => {
  const { client, siteId, simulator } = platform;
  const other = await deployRange(client, siteId, 1);
  const { id: hold } = await simulator.post<{ id: string }>('/holds', {
    operation: 'vm.clone',
    phase: 'task',
    times: 1,
  });
  const { job, range } = await submitRange(client, siteId, aBlueprint(2));
  await waitFor(async () => (await simulator.get<{ reached: boolean }>(`/holds/${hold}?waitMs=1000`)).reached);
  // The other one is made, and known to be: its task is no longer one to stop.
  await waitFor(async () => (await client.get<JobReading>(`/jobs/${job.id}`)).progress.done >= 2);

  await client.post(`/jobs/${job.id}/cancel`);

  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'cancelled' });
  const tasks = await simulator.get<readonly SimulatedTask[]>('/tasks');
  expect(tasks.filter(({ type }) => type === 'qmclone').map(({ exitstatus }) => exitstatus)).toContainEqual(
    expect.stringMatching(/interrupt|abort|signal|unexpected/i),
  );
  const { requests } = await simulator.get<{ requests: readonly { path: string; operation?: string }[] }>('/requests');
  const aborted = requests.filter(({ operation, path }) => operation === 'task.abort' && path.includes(':qmclone:'));
  expect(aborted).toHaveLength(1);
  expect((await cluster.vms()).map(({ vmid }) => vmid)).toEqual(other.nodes.map(({ vmId }) => vmId));
  expect(await rangeOf(range.id)).toMatchObject({ state: 'destroyed' });
  expect(await rangeOf(other.id)).toMatchObject({ state: 'ready' });
  await destroyRange(client, other.id);
});

test('a snapshot that is cancelled half-way leaves no snapshot and no lock, and its name is free', async () => {
  const { client, siteId, simulator } = platform;
  const range = await deployRange(client, siteId, 1);
  const [{ name, vmId } = { name: '', vmId: 0 }] = range.nodes;
  const path = `/ranges/${range.id}/nodes/${name}/snapshots`;
  const { id: hold } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.snapshot', phase: 'task' });
  const { job } = await client.post<Accepted>(path, { name: 'first', description: 'one' });
  await waitFor(async () => (await simulator.get<{ reached: boolean }>(`/holds/${hold}?waitMs=1000`)).reached);

  await client.post(`/jobs/${job.id}/cancel`);

  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'cancelled' });
  expect(await rangeOf(range.id)).toMatchObject({ state: 'ready' });
  expect(await cluster.vm(vmId)).toMatchObject({ lock: null, snapshots: [] });
  await jobSucceeds(client, path, { name: 'first', description: 'two' });
  expect(await cluster.vm(vmId)).toMatchObject({ snapshots: [{ name: 'first', description: 'two' }] });
  await destroyRange(client, range.id);
});

test('a deploy that is rolled back removes exactly what it made', async () => {
  const { client, siteId, simulator } = platform;
  const other = await deployRange(client, siteId, 1);
  const before = await cluster.counters();
  const error = { operation: 'vm.start', kind: 'respond500', text: "bridge 'vmbr1' does not exist" };
  await simulator.post('/faults', { ...error, skip: 1, times: 40 });

  const { job, range } = await submitRange(client, siteId, aBlueprint(3), { onFailure: 'rollback' });

  expect(await jobEnds(client, job.id)).toMatchObject({
    state: 'failed',
    error: {
      code: 'job.steps_failed',
      facts: { code: 'network.bridge_missing' },
      hint: expect.stringContaining('retry'),
    },
  });
  expect(await rangeOf(range.id)).toMatchObject({ state: 'destroyed' });
  expect(await since(before, 'destroys')).toBe(await since(before, 'clones'));
  expect((await cluster.vms()).map(({ vmid }) => vmid)).toEqual(other.nodes.map(({ vmId }) => vmId));
  await destroyRange(client, other.id);
});

test('a failed job is resumed at its failed steps', async () => {
  const { client, siteId, simulator } = platform;
  const before = await cluster.counters();
  await simulator.post('/faults', {
    operation: 'vm.start',
    kind: 'respond500',
    text: "bridge 'vmbr1' does not exist",
    skip: 2,
    times: 40,
  });
  const { job, range } = await submitRange(client, siteId, aBlueprint(4));
  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'failed' });
  expect(await rangeOf(range.id)).toMatchObject({ state: 'degraded' });
  await simulator.request('DELETE', '/faults');

  await client.post(`/jobs/${job.id}/retry`);

  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded', attempt: 2 });
  expect([await since(before, 'clones'), await since(before, 'starts')]).toEqual([4, 4]);
  await destroyRange(client, range.id);
});

test('an outcome that cannot be observed is said, and a repair observes it and decides without touching what is right', async () => {
  const { client, siteId, simulator } = platform;
  // The answers tell neither that the guest is there nor that it is not.
  await simulator.post('/faults', {
    operation: 'agent.interfaces',
    kind: 'respond500',
    text: 'no such task',
    times: 1_000,
  });
  const { job, range } = await submitRange(client, siteId, aBlueprint(1));

  expect(await jobEnds(client, job.id)).toMatchObject({
    state: 'failed',
    error: { code: 'step.outcome_unknown', hint: expect.stringContaining('/repairs') },
  });
  const lost = await rangeOf(range.id);
  expect([lost.state, lost.nodes[0]?.state, lost.nodes[0]?.hint]).toEqual([
    'degraded',
    'unknown',
    expect.stringContaining('/repairs'),
  ]);
  await expect(client.post(`/ranges/${range.id}/stop`)).rejects.toMatchObject({
    problem: { code: 'range.illegal_state' },
  });
  await simulator.request('DELETE', '/faults');
  await cluster.forgetCalls();

  await jobSucceeds(client, `/ranges/${range.id}/repairs`);

  expect(await rangeOf(range.id)).toMatchObject({ state: 'ready', nodes: [{ state: 'running', hint: null }] });
  expect((await cluster.changes()).filter(({ call }) => !call.includes('/agent/'))).toEqual([]);
  await destroyRange(client, range.id);
});

test('a range whose node lost its VM to somebody else is destroyed all the same, and theirs is left alone', async () => {
  const { client, siteId } = platform;
  const range = await deployRange(client, siteId, 2);
  const [{ vmId } = { vmId: 0 }] = range.nodes;
  await cluster.remove(vmId);
  await cluster.plant(vmId, { pool: 'orion-ranges' });

  expect(await destroyRange(client, range.id)).toMatchObject({ state: 'succeeded' });

  expect(await rangeOf(range.id)).toMatchObject({ state: 'destroyed' });
  expect(await cluster.vms()).toEqual([expect.objectContaining({ vmid: vmId, name: 'intruder', status: 'running' })]);
  await cluster.remove(vmId);
});
