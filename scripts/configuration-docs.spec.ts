import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configurationPage, isConfigSpec, runtimeConfig } from '@orion/runtime';

const ROOT = resolve(__dirname, '..');

/** Every `apps/<app>/src/config.ts`, with the tables that it exports. */
function services() {
  return readdirSync(join(ROOT, 'apps'))
    .sort()
    .map((app) => ({ app, path: join(ROOT, 'apps', app, 'src', 'config.ts') }))
    .filter(({ path }) => existsSync(path))
    .flatMap(({ app, path }) => {
      const exported = jest.requireActual<Record<string, unknown>>(path);
      return Object.values(exported)
        .filter(isConfigSpec)
        .map((spec) => ({ name: app, spec }));
    });
}

test('docs/reference/configuration.md tells every variable of every service, as the code has it', () => {
  const page = readFileSync(join(ROOT, 'docs', 'reference', 'configuration.md'), 'utf8');

  // After a change: npm run docs
  expect(page).toBe(configurationPage([{ name: 'every service', spec: runtimeConfig }, ...services()]));
});

test('every app that has a config.ts exports its table', () => {
  const apps = readdirSync(join(ROOT, 'apps')).filter((app) => existsSync(join(ROOT, 'apps', app, 'src', 'config.ts')));

  expect(new Set(services().map(({ name }) => name))).toEqual(new Set(apps));
});
