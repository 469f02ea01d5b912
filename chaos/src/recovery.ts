import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@orion/testing';
import { Ledger } from './ledger';
import { Operator } from './operator';
import { Random } from './random';
import type { JobReading, Page } from './readings';
import { startRig, type Rig, type ServiceName } from './rig';
import { Workload } from './workload';

/** What was measured, as `make bench` prints its figures. */
export interface RecoveryFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly target: string;
  readonly context: Readonly<Record<string, unknown>>;
}

export interface RecoveryOptions {
  readonly seed: string;
  readonly factor: number;
  readonly kills: number;
}

interface Measurement {
  readonly what: 'orchestrator' | 'agent' | 'gateway' | 'postgresql';
  readonly targetMs: number;
  readonly from: string;
  readonly to: string;
  /** Breaks it and answers how long it took, milliseconds; of jobs, for each that ran. */
  sample(rig: Rig, index: number): Promise<readonly number[]>;
}

const EVERY_JOB = 'the next event of a job that ran when it was killed; a sample is such a job';

const MEASUREMENTS: readonly Measurement[] = [
  {
    what: 'orchestrator',
    targetMs: 3_000,
    from: 'the kill of one of two',
    to: EVERY_JOB,
    sample: async (rig, index) => {
      const jobs = await runningJobs(rig);
      const killedAt = Date.now();
      await rig.services[index % 2 === 0 ? 'orchestrator-1' : 'orchestrator-2'].kill();
      return moves(rig, jobs, killedAt);
    },
  },
  {
    what: 'agent',
    targetMs: 2_000,
    from: 'readiness after kill -9',
    to: EVERY_JOB,
    sample: async (rig) => {
      const jobs = await runningJobs(rig);
      const readyAt = await killUntilReady(rig, 'agent');
      return moves(rig, jobs, readyAt);
    },
  },
  {
    what: 'gateway',
    targetMs: 1_000,
    from: 'readiness after kill -9',
    to: 'a request of a client is answered',
    sample: async (rig) => {
      const readyAt = await killUntilReady(rig, 'gateway');
      await waitUntil(
        () => rig.tenants[0].observer.get<Page<JobReading>>('/jobs?limit=1'),
        ({ items }) => items.length === 1,
        { intervalMs: 5, describe: 'an answer of the gateway' },
      );
      return [Date.now() - readyAt];
    },
  },
  {
    what: 'postgresql',
    targetMs: 10_000,
    from: 'readiness after a crash',
    to: EVERY_JOB,
    sample: async (rig) => {
      const jobs = await runningJobs(rig);
      await rig.postgres.crash();
      const readyAt = Date.now();
      return moves(rig, jobs, readyAt);
    },
  },
];

/** Kills each part again and again under a steady workload, and tells how long it took until work went on (p95). */
export async function measureRecovery(
  options: RecoveryOptions,
  tell: (what: string) => void,
): Promise<readonly RecoveryFigure[]> {
  const rig = await startRig(options);
  const workload = new Workload(rig, new Operator(rig.simulator), new Ledger(), new Random(options.seed), {
    lives: 6,
    largestRange: 5,
  });
  try {
    await workload.begin();
    const figures: RecoveryFigure[] = [];
    for (const measurement of MEASUREMENTS) figures.push(await measure(rig, measurement, options.kills, tell));
    return figures;
  } finally {
    workload.giveUp();
    await Promise.all([workload.settle(), rig.close()]);
  }
}

async function measure(
  rig: Rig,
  { what, targetMs, from, to, sample }: Measurement,
  kills: number,
  tell: (what: string) => void,
): Promise<RecoveryFigure> {
  const took: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await Promise.all(Object.values(rig.services).map((service) => service.ready()));
    const samples = await sample(rig, kill);
    took.push(...samples);
    tell(`recovery of ${what}: ${samples.join(', ')} ms`);
  }
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return {
    name: `recovery.${what}.ms`,
    value: at(0.95),
    unit: 'ms',
    target: `<= ${targetMs}`,
    context: { percentile: 95, kills, samples: took.length, median: at(0.5), longest: at(1), from, to },
  };
}

async function killUntilReady({ services }: Rig, name: ServiceName): Promise<number> {
  await services[name].kill();
  await services[name].ready();
  return Date.now();
}

/** Jobs on the move, at least three. */
async function runningJobs(rig: Rig): Promise<readonly string[]> {
  const running = (): Promise<readonly { id: string }[]> =>
    rig.postgres.query(`SELECT id FROM job WHERE state = 'running' AND phase IN ('forward', 'compensate')`);
  const jobs = await waitUntil(running, (found) => found.length >= 3, { timeoutMs: 60_000, describe: 'running jobs' });
  return jobs.map(({ id }) => id);
}

/** How long after `since` each job moved, by the clock of PostgreSQL on this machine; 0 for one that ended before. */
async function moves(rig: Rig, jobs: readonly string[], since: number): Promise<readonly number[]> {
  for (;;) {
    const moved = await rig.postgres
      .query<{ at: Date }>(
        `SELECT min(at) AS at FROM event WHERE job_id = ANY($1::uuid[]) AND at >= $2 GROUP BY job_id
         UNION ALL
         SELECT $2 FROM job WHERE id = ANY($1::uuid[]) AND ended_at < $2`,
        [jobs, new Date(since)],
      )
      .catch(() => []);
    if (moved.length >= jobs.length) return moved.map(({ at }) => at.getTime() - since);
    await delay(25);
  }
}
