import type { StepOutcome } from '@orion/domain';
import { waitFor, waitUntil } from '@orion/testing';

import { aNode, World } from './orchestrator.fixture';
import type { Script } from './test-agent.fixture';

const SUCCESS: StepOutcome = { status: 'succeeded', result: {} };

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => behave(() => SUCCESS));

/** The agent as told, but a look at the site is held until the test has shown what is there. */
function behave(script: Script): void {
  world.agent.script = (command) => (command.kind === 'site.observe' ? 'hold' : script(command));
}

async function aRange(): Promise<string> {
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5), aNode('ws', 6, ['dc'])] });
  await world.reaches(jobId, 'succeeded');
  return rangeId;
}

/** Asks for a repair of a site that shows these VMs. */
async function repair(rangeId: string, vms: readonly object[]): Promise<string> {
  const jobId = await world.request('range.repair', rangeId);
  const look = await waitFor(() => world.agent.of('site.observe').find((command) => command.jobId === jobId));
  await world.takeInventory(vms);
  await world.agent.end(look);
  return jobId;
}

const done = (jobId: string) =>
  world.agent.commands
    .filter((command) => command.jobId === jobId && command.kind.startsWith('vm.'))
    .map(({ kind, mark }) => `${kind} ${mark?.node ?? ''}`)
    .sort();
const nodesOf = (rangeId: string) =>
  world.rows<{ name: string; state: string; host: string; vm_id: number }>(
    `SELECT name, state, host, vm_id FROM range_node WHERE range_id = $1 ORDER BY ordinal`,
    [rangeId],
  );

test('a range that is as it should be is looked at, its networks are ensured, and nothing is touched', async () => {
  const rangeId = await aRange();

  const jobId = await repair(rangeId, await world.vmsOf(rangeId));

  expect(await world.reaches(jobId, 'succeeded')).toMatchObject({ steps_total: 2, steps_done: 2 });
  expect(done(jobId)).toEqual([]);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a VM that is gone is made again with its id and addresses, and only that one', async () => {
  const rangeId = await aRange();
  const before = await nodesOf(rangeId);
  const [, ws] = await world.vmsOf(rangeId);

  const jobId = await repair(rangeId, [ws ?? {}]);

  await world.reaches(jobId, 'succeeded');
  expect(done(jobId)).toEqual(['vm.clone dc', 'vm.configure dc', 'vm.ready dc', 'vm.start dc']);
  expect(await nodesOf(rangeId)).toEqual(before);
  const [made, first] = world.agent
    .of('vm.configure')
    .filter(({ mark }) => mark?.node === 'dc' && mark.rangeId === rangeId);
  expect(made?.payload).toEqual(first?.payload);
});

test('power is set back, and a VM that was moved stays where it is', async () => {
  const rangeId = await aRange();
  const [dc, ws] = await world.vmsOf(rangeId);
  const elsewhere = ws?.host === 'gamma' ? 'beta' : 'gamma';

  const jobId = await repair(rangeId, [
    { ...dc, state: 'stopped' },
    { ...ws, host: elsewhere },
  ]);

  await world.reaches(jobId, 'succeeded');
  expect(done(jobId)).toEqual(['vm.ready dc', 'vm.start dc']);
  expect((await nodesOf(rangeId))[1]).toMatchObject({ name: 'ws', host: elsewhere, state: 'running' });
});

test('a node whose id belongs to a foreign VM gets another one, and the old one is not used again', async () => {
  const rangeId = await aRange();
  const [dc, ws] = await world.vmsOf(rangeId);
  const foreign = { ...dc, mark: undefined, name: 'somebody' };

  const jobId = await repair(rangeId, [foreign, ws ?? {}]);

  await world.reaches(jobId, 'succeeded');
  const [now] = await nodesOf(rangeId);
  expect(now).toMatchObject({ state: 'running' });
  expect(now?.vm_id).not.toBe(dc?.vmId);
  expect(world.agent.commands.filter((command) => command.jobId === jobId).map(({ target }) => target)).not.toContain(
    `vm:${dc?.vmId ?? 0}`,
  );
  await world.takeInventory([foreign, ...(await world.vmsOf(rangeId))]);
  expect(
    await world.rows(`SELECT released_at IS NOT NULL AS released FROM vm_id_allocation WHERE vm_id = $1`, [dc?.vmId]),
  ).toEqual([{ released: true }]);
  expect(await world.rows(`SELECT FROM site_drift WHERE range_id = $1`, [rangeId])).toEqual([]);
});

test('ids that nobody holds any more are held again; one that another range holds is given up when its VM is gone', async () => {
  const rangeId = await aRange();
  const [dc, ws] = await world.vmsOf(rangeId);
  await world.sql.query(`DELETE FROM vm_id_allocation WHERE range_id = $1`, [rangeId]);
  await world.sql.query(
    `INSERT INTO vm_id_allocation (site_id, vm_id, tenant_id, range_id) VALUES ($1, $2, $3, gen_random_uuid())`,
    [world.siteId, dc?.vmId, world.tenantId],
  );

  await world.reaches(await repair(rangeId, [ws ?? {}]), 'succeeded');

  const ids = (await nodesOf(rangeId)).map(({ vm_id: vmId }) => vmId);
  expect(ids).not.toContain(dc?.vmId);
  expect(ids).toContain(ws?.vmId);
  const held = await world.rows<{ vm_id: number }>(
    `SELECT vm_id FROM vm_id_allocation WHERE range_id = $1 AND released_at IS NULL`,
    [rangeId],
  );
  expect(held.map(({ vm_id: vmId }) => vmId).sort()).toEqual([...ids].sort());
});

test('after an unknown outcome a repair observes the node, decides, and the range is ready', async () => {
  behave(({ kind }) => (kind === 'vm.start' ? UNKNOWN : SUCCESS));
  const { rangeId, jobId: deploy } = await world.deploy({ nodes: [aNode('dc', 5)] });
  await backOffs(deploy);
  expect(await world.reaches(deploy, 'failed')).toMatchObject({ error: { code: 'step.outcome_unknown' } });
  expect(await world.rangeState(rangeId)).toBe('degraded');
  expect(await nodesOf(rangeId)).toEqual([expect.objectContaining({ state: 'unknown' })]);

  behave(() => SUCCESS);
  const jobId = await repair(rangeId, await world.vmsOf(rangeId));

  await world.reaches(jobId, 'succeeded');
  expect(done(jobId)).toEqual(['vm.clone dc', 'vm.configure dc', 'vm.ready dc', 'vm.start dc']);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a clone that finds its id taken is made under another one, and the taken one rests', async () => {
  behave(({ kind, attempt }) => (kind === 'vm.clone' && attempt === 1 ? ID_TAKEN : SUCCESS));
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5)] });

  await world.reaches(jobId, 'succeeded');

  const [taken, ...clones] = world.agent.of('vm.clone').filter((command) => command.jobId === jobId);
  const [now] = await nodesOf(rangeId);
  expect(clones.map(({ target, payload }) => [target, payload])).toEqual([
    [`vm:${now?.vm_id ?? 0}`, expect.objectContaining({ vmId: now?.vm_id })],
  ]);
  expect(world.agent.of('vm.start').at(-1)?.target).toBe(`vm:${now?.vm_id ?? 0}`);
  await world.takeInventory([...(await world.vmsOf(rangeId))]);
  const { vmId } = taken?.payload as { vmId: number };
  expect(
    await world.rows(`SELECT FROM vm_id_allocation WHERE vm_id = $1 AND released_at > now()`, [vmId]),
  ).toHaveLength(1);
});

test('a clone whose every id is taken leaves its node planned, and a repair takes another id', async () => {
  behave(({ kind }) => (kind === 'vm.clone' ? ID_TAKEN : SUCCESS));
  const { rangeId, jobId: deploy } = await world.deploy({ nodes: [aNode('dc', 5)] });
  await world.reaches(deploy, 'failed');
  const [before] = await nodesOf(rangeId);
  expect(before).toMatchObject({ state: 'planned' });

  behave(() => SUCCESS);
  const foreign = {
    vmId: before?.vm_id,
    host: 'alpha',
    name: 'x',
    state: 'running',
    template: false,
    memoryMiB: 1,
    nics: [],
  };
  await world.reaches(await repair(rangeId, [foreign]), 'succeeded');

  expect((await nodesOf(rangeId))[0]?.vm_id).not.toBe(before?.vm_id);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a rollback of a clone that found its id taken removes nothing there', async () => {
  behave(({ kind }) => (kind === 'vm.clone' ? ID_TAKEN : SUCCESS));
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5)] }, { onFailure: 'rollback' });

  await world.reaches(jobId, 'failed');

  expect([...new Set(done(jobId))]).toEqual(['vm.clone dc']);
  expect(await world.rangeState(rangeId)).toBe('destroyed');
});

test('a repair that failed goes on where it failed, without looking again', async () => {
  const rangeId = await aRange();
  const [dc, ws] = await world.vmsOf(rangeId);
  behave(({ kind }) => (kind === 'vm.start' ? PERMANENT : SUCCESS));
  const jobId = await repair(rangeId, [{ ...dc, state: 'stopped' }, ws ?? {}]);
  await world.reaches(jobId, 'failed');

  behave(() => SUCCESS);
  await world.retry(jobId);
  await world.reaches(jobId, 'succeeded');

  expect(done(jobId)).toEqual(['vm.ready dc', 'vm.start dc', 'vm.start dc']);
  expect(world.agent.of('site.observe').filter((command) => command.jobId === jobId)).toHaveLength(1);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a deploy that found no room is made whole by a repair once there is some', async () => {
  await world.sql.query(`UPDATE site SET vm_id_last = 1000`);
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5), aNode('ws', 6)] });
  await world.reaches(jobId, 'failed');
  const early = await repair(rangeId, []);
  expect(await world.reaches(early, 'failed')).toMatchObject({ error: { code: 'vmid.pool_exhausted' } });

  await world.sql.query(`UPDATE site SET vm_id_last = 1999`);
  await world.retry(early);
  await world.reaches(early, 'succeeded');

  expect(await world.rangeState(rangeId)).toBe('ready');
  expect(done(early).filter((text) => text.startsWith('vm.clone'))).toHaveLength(2);
});

test('a range of thousands of nodes is repaired as a small one is', async () => {
  const rangeId = await aRange();
  await world.sql.query(`UPDATE site SET vm_id_last = 9999`);
  await world.sql.query(
    `INSERT INTO range_node (id, tenant_id, range_id, site_id, ordinal, name, state, host, storage, vm_id, memory_mib, spec,
                             interfaces)
     SELECT gen_random_uuid(), tenant_id, range_id, site_id, 10 + n, 'many-' || n, 'running', host, storage, 5000 + n,
            memory_mib, spec, interfaces
       FROM range_node, generate_series(1, 3000) n WHERE range_id = $1 AND name = 'dc'`,
    [rangeId],
  );
  const [dc, ws] = await world.vmsOf(rangeId);

  const jobId = await repair(rangeId, [dc ?? {}, ws ?? {}]);
  const planned = await waitUntil(
    () => world.job(jobId),
    ({ phase, steps_total }) => phase === 'forward' && steps_total > 1,
    { timeoutMs: 30_000 },
  );

  expect(planned.steps_total).toBe(1 + 1 + 4 * 3_000);
  await world.cancel(jobId);
  await world.reaches(jobId, 'cancelled');
  expect(await world.rangeState(rangeId)).toBe('degraded');
});

test('a repair that cannot look changes nothing, and a cancel ends it', async () => {
  const rangeId = await aRange();
  const jobId = await world.request('range.repair', rangeId);
  const look = await waitFor(() => world.agent.of('site.observe').find((command) => command.jobId === jobId));

  await world.cancel(jobId);
  await world.agent.end(look, { status: 'cancelled' });

  await world.reaches(jobId, 'cancelled');
  expect(done(jobId)).toEqual([]);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a look at the site is a job that tells when the picture was taken', async () => {
  const takenAt = new Date().toISOString();
  const jobId = await world.request('site.observe', null);
  const look = await waitFor(() => world.agent.of('site.observe').find((command) => command.jobId === jobId));
  await world.agent.end(look, { status: 'succeeded', result: { takenAt } });
  expect(await world.reaches(jobId, 'succeeded')).toMatchObject({ result: { observedAt: takenAt } });
});

const failed = (error: object): StepOutcome =>
  ({ status: 'failed', error: { detail: 'It failed.', ...error } }) as StepOutcome;
const UNKNOWN = failed({ code: 'hypervisor.outcome_unknown', class: 'unknown' });
const ID_TAKEN = failed({ code: 'vm.id_taken', class: 'permanent' });
const PERMANENT = failed({ code: 'hypervisor.rejected', class: 'permanent' });

/** Lets back-offs of a job end at once, until it has ended. */
async function backOffs(jobId: string): Promise<void> {
  await waitFor(async () => {
    await world.sql.query(`UPDATE step SET due_at = now() WHERE job_id = $1 AND state = 'ready'`, [jobId]);
    return (await world.job(jobId)).state === 'failed';
  });
}
