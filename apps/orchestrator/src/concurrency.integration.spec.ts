import { randomUUID } from 'node:crypto';

import { AGENT_LEASE_MS } from '@orion/contracts';
import { waitFor } from '@orion/testing';
import { nodes, OFFICE, World } from './orchestrator.fixture';

const SUCCESS = { status: 'succeeded', result: {} } as const;

test('two orchestrators record each fact once and send nothing twice, over NATS', async () => {
  const world = await World.start('nats');
  await world.startAnother();
  const jobs = await Promise.all([1, 2, 3].map(() => world.deploy({ nodes: nodes(5) })));

  for (const { jobId } of jobs)
    expect(await world.reaches(jobId, 'succeeded')).toMatchObject({ steps_total: 21, steps_done: 21 });

  expect([...world.agent.arrivals.values()].filter((count) => count > 1)).toEqual([]);
  const vmIds = await world.rows<{ vm_id: number }>(`SELECT vm_id FROM range_node`);
  expect(new Set(vmIds.map(({ vm_id }) => vm_id)).size).toBe(15);
  const ended = await world.rows(
    `SELECT step_id FROM event WHERE type = 'step.succeeded' GROUP BY step_id HAVING count(*) > 1`,
  );
  expect(ended).toEqual([]);
});

describe('one orchestrator', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterEach(() => {
    world.agent.script = () => SUCCESS;
  });

  test('facts may come twice, late and in any order; each moves its step once', async () => {
    world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : SUCCESS);
    const { jobId } = await world.deploy({ nodes: nodes(1) });
    const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));
    const ended = { type: 'ended', outcome: SUCCESS } as const;

    expect(await world.agent.send(clone, 3, ended)).toBe(true);
    expect(await world.agent.send(clone, 1, { type: 'started' })).toBe(true);
    expect(await world.agent.send(clone, 3, ended)).toBe(true);

    await world.reaches(jobId, 'succeeded');
    expect(await world.agent.send(clone, 2, { type: 'task', handle: 'UPID:late' })).toBe(true);
    const [count] = await world.rows(
      `SELECT count(*)::int AS count FROM event WHERE job_id = $1 AND type = 'step.succeeded' AND step_id = $2`,
      [jobId, clone.stepId],
    );
    expect(count).toEqual({ count: 1 });
  });

  test('a command that nobody took is offered to the next agent as soon as that is registered', async () => {
    const answers = [{ status: 'refused', code: 'agent.resyncing', detail: '' } as const, SUCCESS];
    world.agent.script = ({ kind }) => (kind === 'vm.clone' ? (answers.shift() ?? SUCCESS) : SUCCESS);
    const { jobId } = await world.deploy({ nodes: nodes(1) });
    const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));
    await world.agent.register();

    const waiting = await world.rows(
      `SELECT FROM command c JOIN site_agent a USING (site_id) WHERE c.id = $1 AND c.sent_at < a.registered_at`,
      [clone.commandId],
    );
    expect(waiting).toEqual([]);
    // The agent of this test answers a command that it has seen as known; another attempt ends the job.
    await world.agent.send(clone, 1, { type: 'ended', outcome: SUCCESS });
    await world.reaches(jobId, 'succeeded');
  });

  test('an agent of an older generation is refused, also with its facts', async () => {
    world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : SUCCESS);
    const { jobId } = await world.deploy({ nodes: nodes(1) });
    const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));
    const older = world.agent.generation;
    await world.agent.register();

    expect(await world.agent.beat(older)).toMatchObject({ registered: false, generation: older + 1 });
    expect(await world.agent.send(clone, 1, { type: 'ended', outcome: SUCCESS }, older)).toBe(false);
    expect(await world.agent.send(clone, 1, { type: 'ended', outcome: SUCCESS })).toBe(true);

    await world.reaches(jobId, 'succeeded');
  });

  test('a registration that is answered after a later one replaces nobody, nor does its repetition', async () => {
    const { generation } = world.agent;
    expect(await world.agent.asks({ replaces: generation, bootId: 'next' })).toMatchObject({
      status: 'registered',
      generation: generation + 1,
    });
    expect(await world.agent.asks({ replaces: generation, bootId: 'late' })).toMatchObject({
      status: 'refused',
      generation: generation + 1,
    });
    expect(await world.agent.asks({ replaces: generation, bootId: 'next' })).toMatchObject({
      status: 'registered',
      generation: generation + 1,
    });
    await world.agent.register();
    expect(world.agent.generation).toBe(generation + 2);
  });

  test('an agent that comes with another journal is told to wait until the one before may not act any more', async () => {
    const { agent } = world;
    await world.rows('UPDATE site_agent SET acts_after = NULL');
    const waits = { status: 'registered', actAfterMs: expect.any(Number) as number };
    const waitOf = async (bootId: string, journalId: string): Promise<number> => {
      const reply = await agent.asks({ bootId, journalId });
      expect(reply).toMatchObject(waits);
      return reply.status === 'registered' ? reply.actAfterMs : NaN;
    };

    expect(await waitOf('again', agent.bootId)).toBe(0);
    const another = await waitOf('another', 'its journal');
    expect(another).toBeGreaterThan(0);
    expect(another).toBeLessThanOrEqual(AGENT_LEASE_MS);
    // Its restart does not shorten what is left to the one before both.
    expect(await waitOf('another again', 'its journal')).toBeGreaterThan(0);
    await agent.register();
  });

  test('an agent that lost its journal gets every sequence but those of open commands, which come again', async () => {
    world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : SUCCESS);
    const { jobId } = await world.deploy({ nodes: nodes(1) });
    const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));
    const network = world.agent.of('network.ensure').find((command) => command.jobId === jobId);

    await world.agent.register();

    await waitFor(async () => (await world.agent.sequences()).get(network?.target ?? '') === network?.sequence);
    expect((await world.agent.sequences()).get(clone.target)).toBe(clone.sequence - 1);
    await waitFor(() => world.agent.arrivals.get(clone.commandId) === 2);
    await world.agent.end(clone);
    await world.reaches(jobId, 'succeeded');
  });

  test('a command without an acknowledgement is sent again under its id', async () => {
    world.agent.script = ({ kind }) =>
      kind === 'vm.clone' ? { status: 'refused', code: 'agent.resyncing', detail: 'Catching up.' } : SUCCESS;
    const { jobId } = await world.deploy({ nodes: nodes(1) });
    const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));

    await world.sql.query(`UPDATE command SET sent_at = now() - interval '1 minute' WHERE id = $1`, [clone.commandId]);

    await waitFor(() => world.agent.arrivals.get(clone.commandId) === 2);
    await world.agent.end(clone);
    await world.reaches(jobId, 'succeeded');
  });

  test('a suspect site is sent nothing, and nothing of it is failed', async () => {
    world.agent.fallSilent();
    await world.sql.query(`UPDATE site_agent SET heartbeat_at = now() - interval '7 seconds'`);
    const before = world.agent.commands.length;
    const { jobId } = await world.deploy({ nodes: nodes(1) });

    await waitFor(async () => (await world.job(jobId)).phase === 'forward');
    expect(world.agent.commands).toHaveLength(before);
    expect(await world.job(jobId)).toMatchObject({ state: 'running' });

    await world.agent.register();
    await world.reaches(jobId, 'succeeded');
  });

  test('the site begins no more jobs than its limit, the oldest first', async () => {
    await world.sql.query(`UPDATE site SET running_jobs_limit = 1`);
    world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : SUCCESS);
    const first = await world.request('site.check', null);
    await world.reaches(first, 'succeeded');
    const ranges = await world.rows<{ id: string }>(`SELECT id FROM range WHERE state = 'ready' LIMIT 2`);
    const held: (() => Promise<void>)[] = [];
    world.agent.script = (command) => {
      held.push(() => world.agent.end(command));
      return 'hold';
    };
    const [one, two] = [await world.destroy(ranges[0]?.id ?? ''), await world.destroy(ranges[1]?.id ?? '')];

    await waitFor(() => held.length > 0);
    expect(await world.job(two)).toMatchObject({ state: 'pending' });

    world.agent.script = () => SUCCESS;
    await Promise.all(held.map((release) => release()));
    await world.reaches(one, 'succeeded');
    await world.reaches(two, 'succeeded');
    await world.sql.query(`UPDATE site SET running_jobs_limit = 50`);
  });

  test('tenants take turns for the places of a site: one job of another goes before many of the first', async () => {
    await world.sql.query(`UPDATE site SET running_jobs_limit = 1`);
    const blue = randomUUID();
    await world.sql.query(`INSERT INTO tenant (id, name) VALUES ($1, 'blue')`, [blue]);
    const held: string[] = [];
    world.agent.script = ({ jobId }) => {
      held.push(jobId);
      return 'hold';
    };
    const reds = [await world.request('site.check', null)];
    await waitFor(() => held.length === 1);
    for (let job = 1; job < 4; job++) reds.push(await world.request('site.check', null));
    const blues = [];
    for (let job = 0; job < 2; job++) blues.push(await world.request('site.check', null, {}, blue));

    const names = new Map([...reds.map((id) => [id, 'red'] as const), ...blues.map((id) => [id, 'blue'] as const)]);
    for (let ended = 0; ended < 6; ended++) {
      await waitFor(() => held.length === ended + 1);
      const command = world.agent.of('site.check').find(({ jobId }) => jobId === held[ended]);
      if (command !== undefined) await world.agent.end(command, { status: 'succeeded', result: { findings: [] } });
    }

    expect(held.map((jobId) => names.get(jobId))).toEqual(['red', 'blue', 'red', 'blue', 'red', 'red']);
    for (const jobId of held) await world.reaches(jobId, 'succeeded');
    await world.sql.query(`UPDATE site SET running_jobs_limit = 50`);
  });

  test('a VLAN tag is given back only when an inventory after the destroy shows no NIC on it', async () => {
    for (const { id } of await world.rows<{ id: string }>(`SELECT id FROM range WHERE state = 'ready'`)) {
      await world.reaches(await world.destroy(id), 'succeeded');
    }
    await world.takeInventory();
    await world.sql.query(`UPDATE site SET vlan_last = 102`);
    const networks = [1, 2, 3].map((n) => ({
      ...OFFICE,
      name: n === 1 ? 'office' : `net-${n}`,
      cidr: `10.20.${n - 1}.0/24`,
    }));
    const { rangeId, jobId } = await world.deploy({ networks, nodes: nodes(1) });
    await world.reaches(jobId, 'succeeded');
    const exhausted = async () =>
      (await world.reaches((await world.deploy({ nodes: nodes(1) })).jobId, 'failed')).error?.code;
    expect(await exhausted()).toBe('network.pool_exhausted');

    await world.reaches(await world.destroy(rangeId), 'succeeded');
    const nic = { vmId: 50, host: 'alpha', name: 'x', state: 'stopped', template: false, memoryMiB: 1 };
    await world.takeInventory(
      [100, 101, 102].map((vlanTag, n) => ({ ...nic, vmId: 50 + n, nics: [{ bridge: 'vmbr1', vlanTag }] })),
    );
    expect(await exhausted()).toBe('network.pool_exhausted');

    await world.takeInventory();
    await world.reaches((await world.deploy({ nodes: nodes(1) })).jobId, 'succeeded');
  });

  test('an inventory reports nodes without a VM and marked VMs without a node, once', async () => {
    const [node] = await world.rows<{ vm_id: number; range_id: string }>(
      `SELECT vm_id, range_id FROM range_node WHERE state = 'running'`,
    );
    const [{ id: installation } = { id: '' }] = await world.rows<{ id: string }>(`SELECT id FROM installation`);
    const mark = { installation, tenantId: world.tenantId, rangeId: world.siteId, node: 'gone' };
    const orphan = {
      vmId: 1500,
      host: 'beta',
      name: 'gone',
      state: 'running',
      template: false,
      memoryMiB: 1,
      nics: [],
      mark,
    };

    await world.takeInventory([orphan]);
    await world.takeInventory([orphan]);

    expect(await world.rows(`SELECT vm_id, kind FROM site_drift ORDER BY vm_id`)).toEqual([
      { vm_id: node?.vm_id, kind: 'missing' },
      { vm_id: 1500, kind: 'orphan' },
    ]);
    const drifts = (await world.events(node?.range_id ?? '')).filter((type) => type === 'range.drift');
    expect(drifts).toHaveLength(1);
  });
});
