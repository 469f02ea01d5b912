import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { Exit, SpawnedService } from '@orion/testing';
import { Installation, type LaunchOptions } from '../guarantees/installation';
import { destroyRange, jobEnds, successesOfAStep, type Accepted, type RangeReading } from '../range-builder';
import { CRASH_POINTS, type CrashPoint } from './points';
import { begin, deploy, deployHeld, ENDINGS } from './work';

/**
 * Kills a part at each point of a group in the midst of work, starts it again, and sees the work end as promised. All
 * points of the group are in one build; each waits for a file of its own.
 */
export function walkCrashPoints(group: keyof typeof CRASH_POINTS): void {
  const points = CRASH_POINTS[group];
  let walk: Walk;
  beforeAll(async () => {
    // Neither who waits for an answer of somebody who has died nor the sweep need wait for long here.
    const installation = await Installation.start({
      ORION_BUS_REQUEST_TIMEOUT: '500ms',
      ORION_SWEEP_INTERVAL: '250ms',
    });
    walk = new Walk(installation, points);
    for (const part of new Set(points.map((point) => point.part))) await installation.launch(part, walk.build);
  });

  test.each(points.map((point) => [point.name, point] as const))(
    'killing %s loses and repeats nothing',
    async (_, point) => {
      const { installation } = walk;
      const { simulator } = installation;
      await simulator.request('DELETE', '/counters');

      const { job, range } = await walk.crash(point);

      const { client } = installation;
      const expected = ENDINGS[point.work];
      expect(await jobEnds(client, job.id)).toMatchObject({ state: expected.job, error: null });
      await simulator.request('DELETE', '/holds');
      expect(await successesOfAStep(client, job.id)).toBe(1);
      const { state, nodes } = await client.get<RangeReading>(`/ranges/${range.id}`);
      expect(state).toBe(expected.range);
      const vms = (await installation.vms()).map(({ vmid }) => vmid);
      expect(vms).toEqual(state === 'destroyed' ? [] : nodes.map(({ vmId }) => vmId));
      if (state !== 'destroyed') expect(await destroyRange(client, range.id)).toMatchObject({ state: 'succeeded' });
      expect(await installation.vms()).toEqual([]);
      const { clones = 0, destroys = 0 } = await simulator.get<{ clones?: number; destroys?: number }>('/counters');
      expect(clones).toBe(destroys);
      expect(clones).toBeLessThanOrEqual(1);
    },
  );
}

/** An installation in which the points of a group are struck one after the other. */
class Walk {
  /** Of each point the file that arms it. */
  private readonly files: ReadonlyMap<CrashPoint, string>;
  readonly build: LaunchOptions;

  constructor(
    readonly installation: Installation,
    points: readonly CrashPoint[],
  ) {
    this.files = new Map(points.map((point) => [point, installation.gate().path]));
    this.build = { patches: [...this.files].map(([point, file]) => point.patch(file, 'Kill')) };
  }

  /** Does the work of a point, sees the process die there, and starts it again. */
  async crash(point: CrashPoint): Promise<Accepted> {
    const file = this.files.get(point) ?? '';
    if (point.work === 'return' || point.work === 'blank') return this.crashOnReturn(point, point.work, file);
    if (point.work === 'wait' || point.work === 'restart') return this.crashMeanwhile(point, point.work, file);
    const { exited } = this.installation.part(point.part);
    const work = begin(this.installation, point.work, file);
    await this.startAgain(point, file, exited);
    return work;
  }

  /** A part is killed in what it does by itself, or when it is started again, while a clone stands in its midst. */
  private async crashMeanwhile(point: CrashPoint, work: 'wait' | 'restart', file: string): Promise<Accepted> {
    const { installation } = this;
    const { exited } = installation.part(point.part);
    const accepted = await deployHeld(installation);
    writeFileSync(file, '');
    const died = work === 'wait' ? exited : installation.launch(point.part, this.build).then(whenExited, killedAtStart);
    await this.startAgain(point, file, died);
    await installation.simulator.request('DELETE', '/holds');
    return accepted;
  }

  /** An agent is started again, which is killed itself or finds an orchestrator that is killed. */
  private async crashOnReturn(point: CrashPoint, work: 'return' | 'blank', file: string): Promise<Accepted> {
    const { installation } = this;
    const { exited } = installation.part(point.part);
    const accepted = work === 'return' ? await deployHeld(installation) : undefined;
    const agent: LaunchOptions = work === 'blank' ? { journal: `journal-${randomUUID()}` } : {};
    writeFileSync(file, '');
    if (point.part === 'agent') {
      const build = { ...this.build, ...agent };
      await this.startAgain(point, file, installation.launch('agent', build).then(whenExited, killedAtStart), build);
    } else {
      const back = installation.launch('agent', agent);
      await this.startAgain(point, file, exited);
      await back;
    }
    await installation.simulator.request('DELETE', '/holds');
    return accepted ?? deploy(installation);
  }

  private async startAgain(
    { part }: CrashPoint,
    file: string,
    exited: Promise<Exit>,
    build: LaunchOptions = this.build,
  ): Promise<void> {
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
    rmSync(file);
    await this.installation.launch(part, build);
  }
}

const whenExited = ({ exited }: SpawnedService): Promise<Exit> => exited;

/** A service that dies before it is ready tells of it by an error. */
function killedAtStart(error: Error): Exit {
  if (!error.message.includes('(SIGKILL)')) throw error;
  return { code: null, signal: 'SIGKILL' };
}
