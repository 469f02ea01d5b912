import { waitFor } from '@orion/testing';

import { nodes, World } from '../orchestrator.fixture';

let world: World;
beforeEach(async () => {
  world = await World.start();
});

const endsInMs = (jobId: string) =>
  waitFor(async () => {
    const [row] = await world.rows<{ ms: number | null }>(
      `SELECT (extract(epoch FROM estimated_end_at - estimated_at) * 1000)::float8 AS ms FROM job WHERE id = $1`,
      [jobId],
    );
    return row?.ms ?? undefined;
  });

test('a job is estimated by the slots that it must wait for, and again as it comes on', async () => {
  await world.sql.query('UPDATE site SET host_slots = 1, storage_slots = 1');
  world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : { status: 'succeeded', result: {} });
  const { jobId } = await world.deploy({ nodes: nodes(9) });
  // One VM takes 27 s; the three of each host are cloned (4 s), configured (1 s) and started (2 s) one after the other.
  const first = await endsInMs(jobId);
  expect(first).toBeGreaterThan(33_000);
  expect(first).toBeLessThan(50_000);

  await waitFor(() => world.agent.of('vm.clone').length === 3);
  await world.sql.query(`UPDATE job SET estimated_at = now() - interval '1 minute' WHERE id = $1`, [jobId]);
  for (const clone of world.agent.of('vm.clone')) await world.agent.end(clone);
  await waitFor(async () => (await endsInMs(jobId)) < first - 3_000);
});

test('what steps took at the site is what the next plan expects of them', async () => {
  const first = await world.deploy({ nodes: nodes(3) });
  await world.reaches(first.jobId, 'succeeded');
  await world.sql.query(`UPDATE step SET dispatched_at = ended_at - interval '7 seconds' WHERE kind = 'vm.start'`);

  const second = await world.deploy({ nodes: nodes(3) });
  await world.reaches(second.jobId, 'succeeded');

  const starts = await world.rows(`SELECT expected_ms FROM step WHERE job_id = $1 AND kind = 'vm.start'`, [
    second.jobId,
  ]);
  expect(starts).toEqual(Array(3).fill({ expected_ms: 7_000 }));
});
