import { waitFor, waitUntil } from '@orion/testing';
import { crashPoint } from '../crash-points/points';
import { begin, untilAnswered } from '../crash-points/work';
import { deployRange, destroyRange, jobEnds, type JobReading, type RangeReading } from '../range-builder';
import { Installation } from './installation';

const FROZEN_MS = 6_000;

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start({ ORION_BUS_REQUEST_TIMEOUT: '500ms' });
});

test.each([
  'the orchestrator, before it commits a turn of a job',
  'the orchestrator, before it sends the command of a clone',
  'the orchestrator, before it commits facts',
  'the orchestrator, before it sends agent.cancel',
])('%s, frozen for six seconds, undoes nothing that was decided since', async (name) => {
  const { client, siteId, simulator } = installation;
  const point = crashPoint(name);
  const armed = installation.gate().path;
  await simulator.request('DELETE', '/counters');
  // The deploy cannot end by itself before it is cancelled.
  if (point.work === 'deploy') await simulator.post('/holds', { operation: 'vm.clone', phase: 'task' });
  const frozen = await installation.launch('orchestrator', { patches: [point.patch(armed, 'Freeze')] });
  const { job, range } = await begin(installation, point.work, armed);
  await waitFor(() => frozen.lines.some((line) => line.includes('"frozen"')), { describe: 'the freeze' });
  const frozenAt = performance.now();

  const other = await installation.another('orchestrator');
  await untilAnswered(installation, `/jobs/${job.id}/cancel`);
  const decided = await jobEnds(client, job.id);
  expect(decided).toMatchObject({ state: 'cancelled', error: null });
  await simulator.request('DELETE', '/holds');
  await waitFor(() => performance.now() - frozenAt >= FROZEN_MS, { describe: 'six seconds to pass' });

  frozen.thaw();
  await waitUntil(
    async () => (await fetch(new URL('/health/live', frozen.urls['health']))).status,
    (status) => status === 200,
    { describe: 'the orchestrator to be awake' },
  );
  await destroyRange(client, (await deployRange(client, siteId, 1)).id);
  await frozen.stop();

  expect(await client.get<JobReading>(`/jobs/${job.id}`)).toEqual(decided);
  expect(await client.get<RangeReading>(`/ranges/${range.id}`)).toMatchObject({ state: 'destroyed' });
  expect(await installation.vms()).toEqual([]);
  const { clones, destroys } = await simulator.get<{ clones: number; destroys: number }>('/counters');
  expect(clones).toBe(destroys);
  await other.stop();
});
