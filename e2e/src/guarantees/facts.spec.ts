import { rmSync, writeFileSync } from 'node:fs';
import { waitFor, waitUntil, type Patch } from '@orion/testing';
import { deployHeld } from '../crash-points/work';
import {
  aBlueprint,
  destroyRange,
  jobEnds,
  submitRange,
  successesOfAStep,
  type JobReading,
  type RangeReading,
} from '../range-builder';
import { GUARDS, MISHAPS, outcomeHeld } from './guards';
import { Installation } from './installation';

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start({ ORION_BUS_REQUEST_TIMEOUT: '500ms' });
});

describe('a fact that reaches two orchestrators', () => {
  beforeAll(() => installation.launch('agent', { patches: MISHAPS.factsToldOften }));

  /** How often a step is recorded to have succeeded while the first orchestrator that hears of it is slow. */
  async function recordedBySlowAndQuick(guard: readonly Patch[]): Promise<number> {
    const { client, siteId } = installation;
    const gate = installation.gate().path;
    writeFileSync(gate, '');
    const patches = [...MISHAPS.slowTransactionsGoOn, ...outcomeHeld(gate), ...guard];
    const both = [
      await installation.launch('orchestrator', { patches }),
      await installation.another('orchestrator', { patches }),
    ];
    const says = (text: string): boolean => both.some(({ lines }) => lines.some((line) => line.includes(text)));
    const { job, range } = await submitRange(client, siteId, aBlueprint(1));
    await waitFor(() => says('"held":"fact"'), { describe: 'the slow one' });
    // With the row locked the quick one cannot record what the slow one is recording.
    if (guard.length === 0)
      await waitFor(() => says('Leaving fact to be brought again'), { describe: 'the quick one' });
    else
      await waitUntil(
        () => successesOfAStep(client, job.id),
        (count) => count > 0,
        { describe: 'the quick one' },
      );
    rmSync(gate);
    if (guard.length === 0) expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
    else
      await waitUntil(
        () => successesOfAStep(client, job.id),
        (count) => count > 1,
        { describe: 'the slow one' },
      );
    const recorded = await successesOfAStep(client, job.id);
    await jobEnds(client, job.id);
    await destroyRange(client, range.id);
    await both[1]?.stop();
    return recorded;
  }

  test('is recorded once', async () => {
    expect(await recordedBySlowAndQuick([])).toBe(1);
  });

  test('without the row lock, it is recorded twice', async () => {
    expect(await recordedBySlowAndQuick(GUARDS.rowLock)).toBe(2);
  });
});

test('what was done while no orchestrator ran is recorded by the next one', async () => {
  const { client, simulator } = installation;
  await installation.launch('agent');
  const first = await installation.launch('orchestrator');
  await simulator.request('DELETE', '/counters');
  const before = installation.journal().length;
  const { job, range } = await deployHeld(installation);
  await first.kill();
  await simulator.request('DELETE', '/holds');
  await waitFor(() => /"kind":"vm.clone"[^]*"status":"succeeded"/.test(installation.journal().slice(before)), {
    describe: 'the clone to be journaled as done',
  });

  await installation.launch('orchestrator');

  expect(await jobEnds(client, job.id)).toMatchObject<Partial<JobReading>>({ state: 'succeeded' });
  expect(await successesOfAStep(client, job.id)).toBe(1);
  expect(await client.get<RangeReading>(`/ranges/${range.id}`)).toMatchObject({ state: 'ready' });
  expect(await simulator.get('/counters')).toMatchObject({ clones: 1 });
  await destroyRange(client, range.id);
});
