import * as fc from 'fast-check';
import { anyOrder, cancelledOnTheWay, histories, play, restartedWhileStopping, type History } from './history';
import { ALL_GUARDS, type Guards } from './world';

const RUNS = 200;
const SEED = Number(process.env['SEED'] || Date.now() % 2 ** 31);

test('whatever is lost, doubled, delayed, killed or frozen, every promise holds at rest', async () => {
  process.stdout.write(`protocol.model: SEED=${SEED} RUNS=${RUNS}\n`);
  const property = fc.asyncProperty(histories, async (history) => {
    expect(await play(history, ALL_GUARDS)).toEqual([]);
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
});

/** Each control plays histories of the kind in which its guard matters. */
test.each<[guard: keyof Guards, of: fc.Arbitrary<History>, breach: RegExp]>([
  ['sequences', cancelledOnTheWay, /begins after \d+ was acknowledged/],
  ['rowLocks', anyOrder, /counts \d+ of \d+ steps as done/],
  ['journal', restartedWhileStopping, /Nobody tells what became of/],
])('without its %s the model breaks a promise', async (guard, of, breach) => {
  let broken: readonly string[] = [];
  const property = fc.asyncProperty(of, async (history) => {
    broken = await play(history, { ...ALL_GUARDS, [guard]: false });
    return !broken.some((words) => breach.test(words));
  });

  const { failed } = await fc.check(property, { numRuns: 400, seed: 1, endOnFailure: true });

  expect(failed).toBe(true);
  expect(broken).toContainEqual(expect.stringMatching(breach));
});
