import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { waitUntil } from '@orion/testing';
import { Installation, type Part } from '../guarantees/installation';
import { aBlueprint, destroyRange, jobEnds, storeBlueprint, type Accepted, type RangeReading } from '../range-builder';
import { CRASH_POINTS } from './points';

/** Kills a part at each of its crash points in the midst of work, starts it again, and sees the work end as promised. */
export function walkCrashPoints(part: Part): void {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.start();
  });
  const points = CRASH_POINTS.filter((point) => point.part === part);

  test.each(points.map((point) => [point.name, point] as const))(
    'killing %s loses and repeats nothing',
    async (_, point) => {
      const { simulator } = installation;
      const armed = installation.gate().path;
      const victim = await installation.launch(point.part, { patches: [point.patch(armed)] });
      await simulator.request('DELETE', '/counters');
      const work = point.work === 'deploy' ? deploy(installation, armed) : deployAndCancel(installation, armed);
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      rmSync(armed);
      await installation.launch(point.part);

      const { job, range } = await work;
      const ended = await jobEnds(installation.client, job.id);
      expect(ended).toMatchObject({ state: point.work === 'deploy' ? 'succeeded' : 'cancelled', error: null });
      const { state, nodes } = await installation.client.get<RangeReading>(`/ranges/${range.id}`);
      expect(state).toBe(point.work === 'deploy' ? 'ready' : 'destroyed');
      const there = (await installation.vms()).map(({ vmid }) => vmid);
      expect(there).toEqual(point.work === 'deploy' ? nodes.map(({ vmId }) => vmId) : []);
      if (point.work === 'deploy')
        expect(await destroyRange(installation.client, range.id)).toMatchObject({ state: 'succeeded' });
      expect(await installation.vms()).toEqual([]);
      const { clones = 0, destroys = 0 } = await simulator.get<{ clones?: number; destroys?: number }>('/counters');
      expect(clones).toBe(destroys);
      expect(clones).toBeLessThanOrEqual(1);
    },
  );
}

/** Asks for a range, again under the same key when the answer is lost. */
async function deploy(installation: Installation, armed: string): Promise<Accepted> {
  const blueprintId = await storeBlueprint(installation.client, aBlueprint(1));
  writeFileSync(armed, '');
  const body = { name: `crash-${randomUUID().slice(0, 8)}`, blueprintId, siteId: installation.siteId };
  const headers = { 'idempotency-key': randomUUID() };
  const accepted = await waitUntil(
    () => installation.client.request<Accepted>('POST', '/ranges', { body, headers }),
    (answer) => answer !== undefined,
    { describe: 'the deploy to be accepted', timeoutMs: 30_000 },
  );
  return accepted;
}

/** Cancels a deploy while its clone is at work. */
async function deployAndCancel(installation: Installation, armed: string): Promise<Accepted> {
  const { client, simulator, siteId } = installation;
  const { id: hold } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.clone', phase: 'task' });
  const blueprintId = await storeBlueprint(client, aBlueprint(1));
  const name = `crash-${randomUUID().slice(0, 8)}`;
  const accepted = await client.post<Accepted>('/ranges', { name, blueprintId, siteId });
  await simulator.get(`/holds/${hold}?waitMs=10000`);
  writeFileSync(armed, '');
  await client.post(`/jobs/${accepted.job.id}/cancel`);
  await simulator.post(`/holds/${hold}/release`);
  return accepted;
}
