import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectSpans, startPlatform } from '@orion/testing';
import { deployBench } from './deploy.bench';
import { printFigure, type Figure } from './figure';
import { httpBench } from './http.bench';
import { submitBench } from './submit.bench';
import { validationBench } from './validation.bench';
import { withResources } from './with-resources';

/** Operations at their recorded time: faster ones would measure how many commands a second this machine can carry. */
const DEPLOY_FACTOR = 1;

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  validation: async () => print(await validationBench()),
  http: () =>
    withResources(async () => {
      const platform = await startPlatform('distributed');
      print(await httpBench(platform, readFileSync(join(platform.dataDir, 'admin-key'), 'utf8').trim()));
    }),
  submit: () =>
    withResources(async () => {
      const traces = await collectSpans();
      const platform = await startPlatform('distributed', {
        OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
        ORION_SIMULATOR_FACTOR: '0',
      });
      print(await submitBench(platform, traces, 'distributed'));
    }),
  deploy: () =>
    withResources(async () => {
      const platform = await startPlatform('distributed', { ORION_SIMULATOR_FACTOR: String(DEPLOY_FACTOR) });
      for (const nodes of [10, 100]) print(await deployBench(platform, nodes, DEPLOY_FACTOR));
    }),
};

function print(figures: readonly Figure[]): void {
  for (const figure of figures) printFigure(figure);
}

/** Runs the benches named in the arguments, or all of them. */
async function main(names: readonly string[]): Promise<void> {
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const bench = BENCHES[name];
    if (!bench) throw new Error(`There is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}.`);
    await bench();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
