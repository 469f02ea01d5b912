import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createBlueprintValidator, type BlueprintValidator } from './blueprint-validator';

const TEXT = 'schemaVersion: 1\nname: lab\nnodes: [{ name: a, template: t, isolated: true }]\n';
const LARGE = `${TEXT}${'# padding\n'.repeat(5_000)}`;

let validator: BlueprintValidator;

beforeAll(() => {
  const build = join(__dirname.replace(/src([\\/]blueprint[\\/])/, 'dist$1'), 'validation.worker.js');
  if (!existsSync(build)) throw new Error(`Threads run the build: call "npx tsc -b libs/contracts" first (${build}).`);
});

afterEach(() => validator.close());

test('a large document gets the same answer in a thread as a small one inline', async () => {
  validator = createBlueprintValidator({ workers: 1 });

  const inline = await validator.validate(TEXT, { normalise: true });
  const threaded = await validator.validate(Buffer.from(LARGE), { normalise: true });

  expect(threaded).toEqual(inline);
  expect(threaded.valid).toBe(true);
});

test('the event loop turns while a large document is checked', async () => {
  validator = createBlueprintValidator({ workers: 1 });
  let turns = 0;
  const turning = setInterval(() => turns++, 1);

  await validator.validate(LARGE);

  clearInterval(turning);
  expect(turns).toBeGreaterThan(0);
});

test('more documents than threads wait for their turn', async () => {
  validator = createBlueprintValidator({ workers: 2 });

  const results = await Promise.all(Array.from({ length: 8 }, () => validator.validate(LARGE)));

  expect(results.every(({ valid }) => valid)).toBe(true);
});

test('a document over the time limit is a problem, and the next one is answered by a new thread', async () => {
  validator = createBlueprintValidator({ workers: 1, timeLimitMs: 1_500 });
  const endless = `${TEXT}labels: [${'"'.repeat(900_000)}`;

  const refused = await validator.validate(endless);
  const accepted = await createdAnew(LARGE);

  expect(refused.problems.map(({ code }) => code)).toEqual(['document.too_expensive']);
  expect(accepted.valid).toBe(true);
});

/** Starting a thread may take longer than the limit of the test on a busy machine: then it is asked again. */
async function createdAnew(text: string) {
  for (;;) {
    const result = await validator.validate(text);
    if (result.valid) return result;
  }
}
