import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { Exit, Patch } from '@orion/testing';
import { Installation, type LaunchOptions, type Part } from '../guarantees/installation';
import { destroyRange, jobEnds, type Accepted, type RangeReading } from '../range-builder';
import { CRASH_POINTS, type CrashPoint } from './points';
import { deploy, deployAndCancel, deployHeld } from './work';

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
      await simulator.request('DELETE', '/counters');

      const { job, range } = await crash(installation, point);

      const ended = await jobEnds(installation.client, job.id);
      expect(ended).toMatchObject({ state: point.work === 'cancel' ? 'cancelled' : 'succeeded', error: null });
      const { state, nodes } = await installation.client.get<RangeReading>(`/ranges/${range.id}`);
      expect(state).toBe(point.work === 'cancel' ? 'destroyed' : 'ready');
      const there = (await installation.vms()).map(({ vmid }) => vmid);
      expect(there).toEqual(point.work === 'cancel' ? [] : nodes.map(({ vmId }) => vmId));
      if (point.work !== 'cancel')
        expect(await destroyRange(installation.client, range.id)).toMatchObject({ state: 'succeeded' });
      expect(await installation.vms()).toEqual([]);
      const { clones = 0, destroys = 0 } = await simulator.get<{ clones?: number; destroys?: number }>('/counters');
      expect(clones).toBe(destroys);
      expect(clones).toBeLessThanOrEqual(1);
    },
  );
}

/** Does the work of a point, sees the process die there, and starts it again. */
async function crash(installation: Installation, point: CrashPoint): Promise<Accepted> {
  const armed = installation.gate().path;
  const patches = [point.patch(armed)];
  if (point.work === 'return' || point.work === 'blank') return crashOnReturn(installation, point, armed, patches);
  const victim = await installation.launch(point.part, { patches });
  const work = point.work === 'cancel' ? deployAndCancel(installation, armed) : deploy(installation, armed);
  await startAgain(installation, point.part, armed, victim.exited);
  return work;
}

/** An agent is started again, which is killed itself or finds an orchestrator that is killed. */
async function crashOnReturn(
  installation: Installation,
  { part, work }: CrashPoint,
  armed: string,
  patches: readonly Patch[],
): Promise<Accepted> {
  const victim = part === 'agent' ? undefined : await installation.launch(part, { patches });
  const accepted = work === 'return' ? await deployHeld(installation) : undefined;
  const agent: LaunchOptions = work === 'blank' ? { journal: `journal-${randomUUID()}` } : {};
  writeFileSync(armed, '');
  if (victim === undefined) {
    const came = installation.launch('agent', { ...agent, patches }).then(({ exited }) => exited, killedAtStart);
    await startAgain(installation, part, armed, came, agent);
  } else {
    const back = installation.launch('agent', agent);
    await startAgain(installation, part, armed, victim.exited);
    await back;
  }
  await installation.simulator.request('DELETE', '/holds');
  return accepted ?? deploy(installation);
}

async function startAgain(
  installation: Installation,
  part: Part,
  armed: string,
  exited: Promise<Exit>,
  options?: LaunchOptions,
): Promise<void> {
  expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
  rmSync(armed);
  await installation.launch(part, options);
}

/** A service that dies before it is ready tells of it by an error. */
function killedAtStart(error: Error): Exit {
  if (!error.message.includes('(SIGKILL)')) throw error;
  return { code: null, signal: 'SIGKILL' };
}
