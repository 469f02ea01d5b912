import { runChaos, type ChaosOptions } from './run-chaos';

const EXPLAINED = 12;

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
    lives: number('LIVES', 16),
    largestRange: number('NODES', 12),
    factor: number('FACTOR', 0.03),
  };
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const tell = (what: string): void => {
    process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} ${what}\n`);
  };
  const explained = new Set<string>();
  const { line, complaints } = await runChaos(optionsFrom(process.env), tell);
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
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
