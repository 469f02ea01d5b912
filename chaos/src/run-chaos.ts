import { setTimeout as delay } from 'node:timers/promises';
import { destroyEverything } from './destroy-everything';
import { explain } from './explain';
import { drawFaults, type Arena } from './faults';
import { placeForeignVms } from './foreign-vms';
import { Ledger, type Complaint } from './ledger';
import { Operator } from './operator';
import { Random } from './random';
import { SERVICES, startRig, type Rig } from './rig';
import { heal, strikeFaults } from './strike-faults';
import { Verdict } from './verdict';
import { Workload } from './workload';

export interface ChaosOptions {
  readonly seed: string;
  readonly faults: number;
  /** The run goes on until so many jobs were accepted; 0: until the last fault. */
  readonly jobs: number;
  readonly perSecond: number;
  /** How long what was accepted may take to end once everything is healed, milliseconds. */
  readonly drainMs: number;
  readonly lives: number;
  readonly largestRange: number;
  readonly factor: number;
}

export interface ChaosLine {
  readonly name: 'chaos';
  readonly seed: string;
  readonly faults: number;
  readonly jobs: number;
  readonly vms: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly orphans: number;
  readonly stuck: number;
  readonly drainSeconds: number;
  readonly p99Seconds: number;
}

export interface ChaosOutcome {
  readonly line: ChaosLine;
  readonly complaints: readonly { readonly complaint: Complaint; readonly details: readonly string[] }[];
}

const WATCH_EVERY_MS = 4_000;
const PROGRESS_EVERY_MS = 10_000;
/** What ids, tags and rows may take to follow the last destroy: an inventory or two, milliseconds. */
const STANDSTILL_MS = 30_000;
/** Takes the place of what the operator of a cluster does while a drain lasts. */
const OPERATOR_EVERY_MS = 5_000;

/** Breaks the distributed profile as the seed says while clients work with it, heals it, and counts what was not kept. */
export async function runChaos(options: ChaosOptions, tell: (what: string) => void): Promise<ChaosOutcome> {
  const rig = await startRig(options);
  try {
    return await runOn(rig, options, tell);
  } finally {
    await rig.close();
  }
}

async function runOn(rig: Rig, options: ChaosOptions, tell: (what: string) => void): Promise<ChaosOutcome> {
  const random = new Random(options.seed);
  const ledger = new Ledger();
  const operator = new Operator(rig.simulator);
  const foreign = await placeForeignVms(rig.simulator, rig.hosts[0]);
  const arena: Arena = { rig, operator, foreign };
  const verdict = new Verdict(rig, ledger, foreign);
  const workload = new Workload(rig, operator, ledger, random.stream('work'), options);
  await workload.begin();
  tell(`the rig stands; seed ${options.seed}, ${options.faults} faults`);

  const watching = new AbortController();
  const watch = every(WATCH_EVERY_MS, watching.signal, () => verdict.watch());
  const progress = every(PROGRESS_EVERY_MS, watching.signal, async () => tell(await howFar(rig)));
  await strikeFaults(
    arena,
    drawFaults(random.stream('faults'), options.faults, { ...options, hosts: rig.hosts }),
    tell,
  );
  while (ledger.jobs.size < options.jobs) await delay(200);
  tell(`${options.faults} faults struck, ${ledger.jobs.size} jobs accepted; healing`);

  const healedAt = performance.now();
  await heal(arena);
  const tending = every(OPERATOR_EVERY_MS, watching.signal, () => operator.clearStaleLocks());
  const giveUp = setTimeout(() => workload.giveUp(), options.drainMs);
  await workload.settle();
  clearTimeout(giveUp);
  const drainSeconds = (performance.now() - healedAt) / 1_000;
  tell(`drained in ${drainSeconds.toFixed(1)} s`);
  await verdict.judgeJobs();
  await verdict.compareRows();

  const jobs = ledger.jobs.size;
  await destroyEverything(rig, ledger, options.drainMs);
  tell('everything was asked to be destroyed');
  watching.abort();
  await Promise.all([watch, tending, progress]);
  await verdict.judgeStandstill(STANDSTILL_MS);
  await verdict.judgeEmptiness();
  for (const [how, count] of [...ledger.endings].sort()) tell(`${String(count).padStart(5)} ${how}`);
  for (const [what, count] of workload.surprises) tell(`${String(count).padStart(5)} answers ${what}`);
  for (const name of SERVICES) {
    for (const [what, count] of rig.services[name].errors())
      tell(`${String(count).padStart(5)} errors of ${name}: ${what}`);
    for (const { how, lastLines } of rig.services[name].crashes)
      tell(`${name} ended by itself (${how}): ${lastLines.join('\n    ')}`);
  }

  const { clones = 0 } = await rig.simulator.get<Record<string, number>>('/counters');
  const complaints = await Promise.all(
    ledger.complaints.map(async (complaint) => ({ complaint, details: await explain(rig, complaint) })),
  );
  const line: ChaosLine = {
    name: 'chaos',
    seed: options.seed,
    faults: options.faults,
    jobs,
    vms: clones,
    lost: ledger.count('lost'),
    duplicates: ledger.count('duplicates'),
    orphans: ledger.count('orphans'),
    stuck: ledger.count('stuck'),
    drainSeconds: rounded(drainSeconds),
    p99Seconds: rounded(await p99Seconds(rig)),
  };
  return { line, complaints };
}

/** Jobs that have ended and that have not, and steps that ended lately: whoever watches sees whether work goes on. */
async function howFar({ postgres }: Rig): Promise<string> {
  try {
    const [row] = await postgres.query<{ ended: number; open: number; steps: number; flight: number }>(
      `SELECT (SELECT count(*) FROM job WHERE ended_at IS NOT NULL)::int AS ended,
              (SELECT count(*) FROM job WHERE ended_at IS NULL)::int AS open,
              (SELECT count(*) FROM step WHERE ended_at > now() - interval '10 s')::int AS steps,
              (SELECT count(*) FROM step WHERE state IN ('dispatched', 'running'))::int AS flight`,
    );
    return `${row?.ended} jobs ended, ${row?.open} open; ${row?.steps} steps ended in 10 s, ${row?.flight} in flight`;
  } catch {
    return 'PostgreSQL does not answer';
  }
}

/** From the acceptance of a job to its end, its retries included. */
async function p99Seconds({ postgres }: Rig): Promise<number> {
  const [row] = await postgres.query<{ seconds: number | null }>(
    `SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - created_at))::float AS seconds
       FROM job WHERE ended_at IS NOT NULL`,
  );
  return row?.seconds ?? 0;
}

async function every(milliseconds: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await act();
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
