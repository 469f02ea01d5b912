import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { waitFor, waitUntil, type Patch } from '@orion/testing';
import {
  aBlueprint,
  deployRange,
  destroyRange,
  jobEnds,
  submitRange,
  type Accepted,
  type JobReading,
} from '../range-builder';
import { beginningHeld, GUARDS, MISHAPS } from './guards';
import { Installation } from './installation';

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
});

describe('the idempotency key', () => {
  /** How many jobs a request makes that is sent again, because its answer was lost. */
  async function jobsOfARepeatedRequest(): Promise<number> {
    const { client, siteId } = installation;
    const range = await deployRange(client, siteId, 1);
    const headers = { 'idempotency-key': randomUUID() };
    const jobs = new Set<string>();
    for (let sent = 0; sent < 2; sent++) {
      const { job } = await client.request<Accepted>('POST', `/ranges/${range.id}/stop`, { headers });
      expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
      jobs.add(job.id);
    }
    await destroyRange(client, range.id);
    return jobs.size;
  }

  test('keeps a repeated request from being carried out again', async () => {
    expect(await jobsOfARepeatedRequest()).toBe(1);
  });

  test('without the idempotency key, the repetition is a second job', async () => {
    await installation.launch('gateway', { patches: GUARDS.idempotencyKey });
    expect(await jobsOfARepeatedRequest()).toBe(2);
  });
});

/** What a deploy has come to when its agent has read the whole site twice more, at least a second apart. */
async function deployAfterAWhile(): Promise<JobReading['state']> {
  const { client, siteId, simulator } = installation;
  const { job } = await submitRange(client, siteId, aBlueprint(1));
  await simulator.request('DELETE', '/requests');
  await waitUntil(
    () => simulator.get<{ requests: readonly { operation?: string }[] }>('/requests'),
    ({ requests }) => requests.filter(({ operation }) => operation === 'cluster.resources').length > 2,
    { describe: 'two inventories', timeoutMs: 15_000 },
  );
  const { state } = await client.get<JobReading>(`/jobs/${job.id}`);
  return state === 'pending' ? state : (await jobEnds(client, job.id)).state;
}

describe('the sweep', () => {
  beforeAll(() => installation.launch('gateway', { patches: MISHAPS.wakeUpsLost }));

  test('finds a job whose wake-up was lost', async () => {
    await installation.launch('orchestrator');
    expect(await deployAfterAWhile()).toBe('succeeded');
  });

  test('without the sweep, the job stays pending', async () => {
    await installation.launch('orchestrator', { patches: GUARDS.sweep });
    expect(await deployAfterAWhile()).toBe('pending');
  });
});

describe('the outbox', () => {
  // A pending job is also seen by its state; either net alone holds it.
  beforeAll(() => installation.launch('orchestrator', { patches: MISHAPS.pendingJobsUnseen }));
  const gatewayWith = (guard: readonly Patch[]) =>
    installation.launch('gateway', { patches: [...MISHAPS.wakeUpsLost, ...guard] });

  test('keeps the wake-up of an accepted job until somebody works on it', async () => {
    await gatewayWith([]);
    expect(await deployAfterAWhile()).toBe('succeeded');
  });

  test('without the outbox, the job stays pending', async () => {
    await gatewayWith(GUARDS.outbox);
    expect(await deployAfterAWhile()).toBe('pending');
  });
});

interface Beginning {
  readonly state: JobReading['state'];
  readonly begun: boolean;
}

describe('the row lock', () => {
  beforeAll(() => installation.launch('gateway'));

  /** Cancels a job while an orchestrator that has read it as pending is slow to begin it, and another one is at work. */
  async function cancelDuringASlowBeginning(
    guard: readonly Patch[],
  ): Promise<{ readonly decided: Beginning; readonly later: Beginning }> {
    const gate = installation.gate().path;
    writeFileSync(gate, '');
    const { client, siteId } = installation;
    const patches = [...MISHAPS.slowTransactionsGoOn, ...beginningHeld(gate), ...guard];
    const both = [
      await installation.launch('orchestrator', { patches }),
      await installation.another('orchestrator', { patches }),
    ];
    const { job } = await submitRange(client, siteId, aBlueprint(1));
    const look = async (): Promise<Beginning> => {
      const { state, startedAt } = await client.get<JobReading & { startedAt: string | null }>(`/jobs/${job.id}`);
      return { state, begun: startedAt !== null };
    };
    await waitFor(() => both.some(({ lines }) => lines.some((line) => line.includes('"held":"job"'))), {
      describe: 'the slow beginning',
    });
    const asked = client.post(`/jobs/${job.id}/cancel`);
    // With its row locked nobody can decide before the slow one has committed.
    if (guard.length > 0) await waitUntil(look, ({ state }) => state === 'cancelled', { describe: 'the cancel' });
    const early = await look();
    rmSync(gate);
    await asked;
    await jobEnds(client, job.id);
    const decided = guard.length > 0 ? early : await look();
    if (guard.length > 0) await waitUntil(look, ({ begun }) => begun, { describe: 'the late beginning' });
    else await destroyRange(client, (await deployRange(client, siteId, 1)).id);
    const later = await look();
    await both[1]?.stop();
    return { decided, later };
  }

  test('keeps a slow orchestrator from undoing what was decided since', async () => {
    const { decided, later } = await cancelDuringASlowBeginning([]);
    expect(decided.state).toBe('cancelled');
    expect(later).toEqual(decided);
  });

  test('without the row lock, a job that was cancelled begins', async () => {
    const { decided, later } = await cancelDuringASlowBeginning(GUARDS.rowLock);
    expect(decided).toEqual({ state: 'cancelled', begun: false });
    expect(later.begun).toBe(true);
  });
});
