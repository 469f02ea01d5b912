import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configurationPage, isConfigSpec, runtimeConfig } from '@orion/runtime';

const ROOT = resolve(__dirname, '..');

/** Every file of an app that declares variables, with the tables that it exports. */
function tables() {
  return readdirSync(join(ROOT, 'apps'))
    .sort()
    .flatMap((app) => {
      const src = join(ROOT, 'apps', app, 'src');
      const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
        .filter((file) => /(^|\/)(config|migrate|[a-z-]+-config)\.ts$/.test(file))
        .sort();
      return files.flatMap((file) => {
        const specs = Object.values(jest.requireActual<Record<string, unknown>>(join(src, file))).filter(isConfigSpec);
        return specs.map((spec) => ({ name: `${app} (${file.replace(/\.ts$/, '')})`, spec }));
      });
    });
}

test('docs/reference/configuration.md tells every variable of every service, as the code has it', () => {
  const page = readFileSync(join(ROOT, 'docs', 'reference', 'configuration.md'), 'utf8');

  // After a change: npm run docs
  expect(page).toBe(configurationPage([{ name: 'every service', spec: runtimeConfig }, ...tables()]));
});
