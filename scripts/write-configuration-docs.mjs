/** Writes docs/reference/configuration.md from the compiled config tables; `scripts/configuration-docs.spec.ts` compares. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { configurationPage, isConfigSpec, runtimeConfig } = require('../libs/runtime');

const services = readdirSync(join(ROOT, 'apps'))
  .sort()
  .map((app) => ({ app, path: join(ROOT, 'apps', app, 'dist', 'config.js') }))
  .filter(({ path }) => existsSync(path))
  .flatMap(({ app, path }) =>
    Object.values(require(path))
      .filter(isConfigSpec)
      .map((spec) => ({ name: app, spec })),
  );

const page = configurationPage([{ name: 'every service', spec: runtimeConfig }, ...services]);
writeFileSync(join(ROOT, 'docs', 'reference', 'configuration.md'), page);
