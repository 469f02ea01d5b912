import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from './define-config';
import { ConfigError, describeConfig, loadConfig, type Environment } from './load-config';

const spec = defineConfig({
  PORT: { type: 'port', default: 8080, doc: 'Where it listens.' },
  DATABASE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
    required: true,
    doc: 'The database.',
  },
  QUEUE: { type: 'enum', values: ['redis', 'postgres'], default: 'postgres', doc: 'The queue.' },
  REDIS_URL: { type: 'url', requiredWhen: { QUEUE: 'redis' }, doc: 'The queue server.' },
  PATIENCE: { type: 'duration', default: '1.5s', min: '1s', max: '1h', doc: 'How long to wait.' },
  SLOTS: { type: 'integer', min: 1, max: 9, doc: 'How many at once.' },
  STRICT: { type: 'boolean', default: false, doc: 'Whether to be strict.' },
  SITES: { type: 'list', default: [], doc: 'Which sites.' },
  FOLDER: { type: 'path', default: '.orion', doc: 'Where files go.' },
});
const DATABASE_URL = 'postgres://orion:geheim@db/orion';

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(spec, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function secretFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'orion-config-')), 'secret');
  writeFileSync(path, content);
  return path;
}

test('values arrive typed, defaults fill in, optional ones may be missing', () => {
  const config = loadConfig(spec, { DATABASE_URL, SITES: 'a, b,', STRICT: 'true', SLOTS: '' });

  const port: number = config.PORT;
  const slots: number | undefined = config.SLOTS;
  const queue: 'redis' | 'postgres' = config.QUEUE;
  expect({ port, slots, queue }).toEqual({ port: 8080, slots: undefined, queue: 'postgres' });
  expect(config).toMatchObject({ PATIENCE: 1500, STRICT: true, SITES: ['a', 'b'] });
  expect(config.FOLDER).toBe(join(process.cwd(), '.orion'));
});

test('all wrong variables are told at once, each with name, value and expectation', () => {
  expect(problemsOf({ PORT: '99999', PATIENCE: '2', SLOTS: '10', QUEUE: 'kafka', STRICT: 'yes' })).toEqual([
    'PORT is "99999", but it must be a port number from 0 to 65535.',
    'DATABASE_URL is missing: it must be a URL that starts with postgres:// or postgresql://.',
    'QUEUE is "kafka", but it must be one of redis, postgres.',
    'PATIENCE is "2", but it must be a duration such as 250ms, 10s, 5m or 2h from 1s to 1h.',
    'SLOTS is "10", but it must be a whole number from 1 to 9.',
    'STRICT is "yes", but it must be true or false.',
  ]);
});

test('a variable can be required by the value of another one', () => {
  expect(problemsOf({ DATABASE_URL, QUEUE: 'redis' })).toEqual([
    'REDIS_URL is missing: with QUEUE=redis it must be a URL.',
  ]);
});

test('a wrong secret is never shown, nor are credentials in a wrong URL', () => {
  const problems = problemsOf({ DATABASE_URL: 'mysql://orion:geheim@db', PORT: 'http://me:geheim@host' });

  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain('geheim');
});

test('a secret can come from a file, without the line end', () => {
  expect(loadConfig(spec, { DATABASE_URL_FILE: secretFile(`${DATABASE_URL}\n`) }).DATABASE_URL).toBe(DATABASE_URL);
});

test.each([
  ['twice', { DATABASE_URL, DATABASE_URL_FILE: '/x' }, /both set/],
  ['from a missing file', { DATABASE_URL_FILE: '/no/such/file' }, /"\/no\/such\/file".*ENOENT/],
  ['from an empty file', { DATABASE_URL_FILE: secretFile('\n') }, /empty/],
])('a secret given %s is refused', (_, env, sentence) => {
  expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
});

test('a variable that is no secret is not read from a file', () => {
  expect(loadConfig(spec, { DATABASE_URL, REDIS_URL_FILE: '/x' }).REDIS_URL).toBeUndefined();
});

test('the described configuration shows no secret', () => {
  const shown = describeConfig(spec, loadConfig(spec, { DATABASE_URL, REDIS_URL: 'redis://:geheim@queue:6379' }));

  expect(shown).toMatchObject({ DATABASE_URL: '****', REDIS_URL: 'redis://[redacted]@queue:6379', PORT: 8080 });
});
