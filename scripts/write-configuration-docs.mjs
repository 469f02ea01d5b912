/** Writes docs/reference/configuration.md from the compiled config tables; `scripts/configuration-docs.spec.ts` compares. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { configurationPage, isConfigSpec, runtimeConfig } = require('../libs/runtime');

/** The files of an app that declare variables. */
const isTable = (path) => /(^|\/)(config|migrate|[a-z-]+-config)\.js$/.test(path);

const services = readdirSync(join(ROOT, 'apps'))
  .sort()
  .flatMap((app) => {
    const dist = join(ROOT, 'apps', app, 'dist');
    if (!existsSync(dist)) return [];
    const files = readdirSync(dist, { recursive: true }).filter(isTable).sort();
    return files.flatMap((file) =>
      Object.values(require(join(dist, file)))
        .filter(isConfigSpec)
        .map((spec) => ({ name: `${app} (${file.replace(/\.js$/, '')})`, spec })),
    );
  });

const page = configurationPage([{ name: 'every service', spec: runtimeConfig }, ...services]);
writeFileSync(join(ROOT, 'docs', 'reference', 'configuration.md'), page);
