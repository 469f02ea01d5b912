import { constants } from 'node:os';
import { configureLogging } from '@orion/runtime';
import { measureRecovery } from './recovery';
import { closeRigs } from './rig';
import { runChaos, type ChaosOptions } from './run-chaos';

/** Complaints whose last events are told. */
const EXPLAINED = 12;
const EXIT_MS = 5_000;
/** Kills of each part that recovery is measured by. */
const KILLS = 12;

/** Settings from the environment, as `make chaos SEED=7 FAULTS=100` gives them. */
function optionsFrom(environment: NodeJS.ProcessEnv): ChaosOptions {
  const number = (name: string, otherwise: number): number => {
    const text = environment[name];
    if (text === undefined || text === '') return otherwise;
    const value = Number(text);
    if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is a number, not ${text}.`);
    return value;
  };
  return {
    seed: environment['SEED'] || '1',
    faults: number('FAULTS', 100),
    jobs: number('JOBS', 0),
    perSecond: number('FAULTS_PER_SECOND', 1),
    drainMs: number('DRAIN_SECONDS', 180) * 1_000,
    lives: number('LIVES', 24),
    largestRange: number('NODES', 12),
    factor: number('FACTOR', 0.03),
  };
}

type Tell = (what: string) => void;

/** True when everything was kept. */
async function faults(options: ChaosOptions, tell: Tell): Promise<boolean> {
  const explained = new Set<string>();
  const { line, complaints } = await runChaos(options, tell);
  for (const { complaint, details } of complaints.slice(0, EXPLAINED)) {
    const { count, what, jobId, rangeId } = complaint;
    tell(
      `${count}: ${what}${jobId === undefined ? '' : ` (job ${jobId})`}${rangeId === undefined ? '' : ` (range ${rangeId})`}`,
    );
    const subject = jobId ?? rangeId ?? what;
    if (explained.has(subject)) continue;
    explained.add(subject);
    for (const detail of details) tell(`    ${detail}`);
  }
  for (const { complaint } of complaints.slice(EXPLAINED)) tell(`${complaint.count}: ${complaint.what}`);
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return complaints.length === 0;
}

async function recovery({ seed, factor }: ChaosOptions, tell: Tell): Promise<boolean> {
  for (const figure of await measureRecovery({ seed, factor, kills: KILLS }, tell))
    process.stdout.write(`${JSON.stringify(figure)}\n`);
  return true;
}

const PARTS: Readonly<Record<string, (options: ChaosOptions, tell: Tell) => Promise<boolean>>> = { faults, recovery };

/** Runs the parts named in the arguments, or all of them. */
async function main(names: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const tell = (what: string): void => {
    process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} ${what}\n`);
  };
  configureLogging({ service: 'chaos', version: '', level: 'warn' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closeRigs().finally(() => process.exit(128 + constants.signals[signal])));
  }
  const options = optionsFrom(process.env);
  for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`There is no part ${name}; there are ${Object.keys(PARTS).join(', ')}.`);
    if (!(await part(options, tell))) process.exitCode = 1;
  }
  // Whatever a fault has left behind must not keep whoever waits for the end.
  setTimeout(() => process.exit(), EXIT_MS).unref();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
