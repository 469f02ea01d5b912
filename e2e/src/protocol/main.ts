import * as fc from 'fast-check';
import { configureLogging } from '@orion/runtime';
import { histories, play } from './history';
import { ALL_GUARDS } from './world';

/**
 * Plays RUNS histories drawn from SEED through the model and prints one JSON line. Exits with 1 and the history that broke a
 * promise, when there is one.
 */
async function main(): Promise<void> {
  const seed = Number(process.env['SEED'] || Date.now() % 2 ** 31);
  const runs = Number(process.env['RUNS'] || 10_000);
  // A fault that was drawn is not worth a warning.
  configureLogging({ service: 'orion-model', level: 'silent' });
  const began = performance.now();
  const property = fc.asyncProperty(histories, async (history) => {
    const broken = await play(history, ALL_GUARDS);
    if (broken.length > 0) throw new Error(broken.join('\n'));
  });
  const result = await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const failures = result.failed ? 1 : 0;
  process.stdout.write(
    `${JSON.stringify({ name: 'protocol.model', seed, runs: result.numRuns, failures, seconds })}\n`,
  );
  if (!result.failed) process.exit(0);
  const [history] = result.counterexample ?? [];
  const { scheduler: _, ...drawn } = history ?? {};
  const words = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  process.stderr.write(`${words}\nSEED=${seed}, history ${result.numRuns}: ${JSON.stringify(drawn)}\n`);
  process.exit(1);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
