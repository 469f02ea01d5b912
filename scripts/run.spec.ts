import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], { encoding: 'utf8' });
}

test('make, npm and the task runner know the same tasks', () => {
  const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };

  const listed = [...run().stdout.matchAll(/^ {2}(\w+)/gm)].map(([, task]) => task);

  expect(/^TASKS := (.+)$/m.exec(makefile)?.[1]?.split(' ')).toEqual(listed);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(listed));
});

test('a task that does not exist is refused with the list of those that do', () => {
  const { status, stdout, stderr } = run('demonstrate');

  expect(status).toBe(2);
  expect(stderr).toBe('There is no task "demonstrate". The tasks are:\n');
  expect(stdout).toContain('demo');
});
