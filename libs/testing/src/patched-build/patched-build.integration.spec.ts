import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToEnd } from '../services/spawn-service';
import { patchedBuild } from './patch';

function aProgram(): string {
  const main = join(mkdtempSync(join(tmpdir(), 'orion-patched-')), 'main.js');
  writeFileSync(
    main,
    `const guard = () => 'kept';\nconsole.log(guard());\nprocess.send({ ready: true });\nprocess.disconnect();\n`,
  );
  return main;
}

test('a module runs with its text changed', async () => {
  const main = aProgram();
  const env = patchedBuild([{ module: 'main.js', find: `'kept'`, replace: `'gone'` }]);
  expect(await runToEnd(main, { env })).toMatchObject({ code: 0, lines: ['gone'] });
});

test.each([
  ['does not stand in the module', { module: 'main.js', find: 'lost', replace: '' }],
  ['stands there twice', { module: 'main.js', find: 'guard', replace: '' }],
  ['is for a module that is not loaded', { module: 'other.js', find: 'guard', replace: '' }],
])('a patch whose text %s ends the process', async (_, patch) => {
  const ended = await runToEnd(aProgram(), { env: patchedBuild([patch]) });
  expect(ended.code).toBe(70);
  expect(ended.lines.join('\n')).toContain('cannot be patched');
});
