import { waitFor } from '@orion/testing';

import { aNode, nodes, World } from './orchestrator.fixture';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterEach(() => {
  world.agent.script = () => ({ status: 'succeeded', result: {} });
});

const kindsOf = (jobId: string) =>
  world.agent.commands
    .filter((command) => command.jobId === jobId)
    .map(({ kind, mark }) => `${kind} ${mark?.node ?? ''}`);

test('a range is stopped against its dependencies and started along them; a node alone as well', async () => {
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5), aNode('ws', 6, ['dc'])] });
  await world.reaches(jobId, 'succeeded');

  const stop = await world.request('range.stop', rangeId);
  await world.sql.query(`UPDATE range SET desired_state = 'stopped' WHERE id = $1`, [rangeId]);
  await world.reaches(stop, 'succeeded');
  expect(kindsOf(stop)).toEqual(['vm.stop ws', 'vm.stop dc']);
  expect(await world.rangeState(rangeId)).toBe('stopped');

  const start = await world.request('range.start', rangeId);
  await world.sql.query(`UPDATE range SET desired_state = 'running' WHERE id = $1`, [rangeId]);
  await world.reaches(start, 'succeeded');
  expect(kindsOf(start)).toEqual(['vm.start dc', 'vm.ready dc', 'vm.start ws', 'vm.ready ws']);
  expect(await world.rangeState(rangeId)).toBe('ready');

  const one = await world.request('node.stop', rangeId, { node: 'ws' });
  await world.reaches(one, 'succeeded');
  expect(kindsOf(one)).toEqual(['vm.stop ws']);
});

test('a snapshot keeps its name when it was taken, and frees it when it was not', async () => {
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(1) });
  await world.reaches(jobId, 'succeeded');
  const names = () => world.rows(`SELECT name FROM range_snapshot WHERE range_id = $1`, [rangeId]);

  await world.reaches(await world.request('node.snapshot', rangeId, { node: 'ws-1', name: 'clean' }), 'succeeded');
  expect(await names()).toEqual([{ name: 'clean' }]);

  const error = { code: 'snapshot.unsupported', class: 'permanent', detail: 'No.' } as const;
  world.agent.script = () => ({ status: 'failed', error });
  await world.reaches(await world.request('node.snapshot', rangeId, { node: 'ws-1', name: 'late' }), 'failed');
  expect(await names()).toEqual([{ name: 'clean' }]);
  expect(await world.rangeState(rangeId)).toBe('ready');
});

test('a snapshot that was taken before its cancel could stop it keeps its name; one that was stopped does not', async () => {
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(1) });
  await world.reaches(jobId, 'succeeded');
  world.agent.script = () => 'hold';
  for (const [name, outcome] of [
    ['taken', { status: 'succeeded', result: { name: 'taken' } }],
    ['stopped', { status: 'cancelled' }],
  ] as const) {
    const snapshot = await world.request('node.snapshot', rangeId, { node: 'ws-1', name });
    const held = await waitFor(() => world.agent.of('vm.snapshot').find((command) => command.jobId === snapshot));
    await world.cancel(snapshot);
    await waitFor(() => world.agent.cancelled.some(({ commandId }) => commandId === held.commandId));
    await world.agent.end(held, outcome);
    await world.reaches(snapshot, 'cancelled');
  }
  expect(await world.rows(`SELECT name FROM range_snapshot WHERE range_id = $1`, [rangeId])).toEqual([
    { name: 'taken' },
  ]);
});

test('the doctor’s findings are the result of its job, and do not fail it', async () => {
  const findings = [{ check: 'bridge', status: 'failed', detail: 'vmbr1 is missing on beta.' }];
  world.agent.script = () => ({ status: 'succeeded', result: { findings } });

  const job = await world.reaches(await world.request('site.check', null), 'succeeded');

  expect(job.result).toEqual({ ok: false, findings });
  const [check] = world.agent.of('site.check');
  expect(check).toMatchObject({
    target: expect.stringMatching(/^site:/),
    payload: { bridge: 'vmbr1', vmIdFirst: 1000 },
  });
});

test('templates are booted as marked clones with ids of the site that are held for the job alone', async () => {
  const finding = (detail: string) => ({ findings: [{ check: 'templates', status: 'passed', detail }] });
  world.agent.script = ({ kind, mark }) => ({ status: 'succeeded', result: finding(`${kind} ${mark?.node ?? ''}`) });
  const held = () =>
    world.rows<{ vm_id: number; held: boolean }>(
      `SELECT vm_id, released_at IS NULL AS held FROM vm_id_allocation WHERE range_id = $1 ORDER BY vm_id`,
      [jobId],
    );
  const jobId = await world.request('site.check', null, { templates: 'boot' });

  const job = await world.reaches(jobId, 'succeeded');

  const said = [
    'site.check ',
    'template.boot template-901',
    'template.boot template-902',
    'template.boot template-903',
  ];
  expect(job.result).toEqual({ ok: true, findings: said.flatMap((detail) => finding(detail).findings) });
  const boots = world.agent.of('template.boot').filter((command) => command.jobId === jobId);
  for (const templateVmId of [901, 902, 903]) {
    const payload = expect.objectContaining({ templateVmId, mode: 'linked', guestAgent: true });
    const mark = expect.objectContaining({ rangeId: jobId });
    expect(boots).toContainEqual(expect.objectContaining({ payload, mark }));
  }
  expect(new Set(boots.map(({ target }) => target)).size).toBe(3);
  expect((await held()).map((row) => row.held)).toEqual([false, false, false]);
});

test('a plan of more than a thousand steps is laid down whole before its first step is sent', async () => {
  const { jobId } = await world.deploy({ nodes: nodes(260).map((node, i) => ({ ...node, name: `n-${i}` })) });

  const job = await world.reaches(jobId, 'succeeded');

  expect(job).toMatchObject({ steps_total: 1041, steps_done: 1041 });
});

test('a cancelled job that has not begun leaves nothing', async () => {
  await world.sql.query(`UPDATE site SET running_jobs_limit = 1`);
  world.agent.script = () => 'hold';
  const first = await world.request('site.check', null);
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(1) });

  await world.cancel(jobId);

  await world.reaches(jobId, 'cancelled');
  expect(await world.rangeState(rangeId)).toBe('destroyed');
  await world.cancel(first);
});
