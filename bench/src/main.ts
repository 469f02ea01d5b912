import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectSpans, startPlatform, type Platform } from '@orion/testing';
import { deployBench } from './deploy/deploy.bench';
import { benchCluster, POINTS, WARM_UP } from './deploy/points';
import { estimateBench } from './estimate.bench';
import { fairnessBench } from './fairness.bench';
import { printFigure, type Figure } from './figure';
import { httpBench } from './http.bench';
import { RESET_POINTS, resetBench, SLOW_RESET } from './reset/reset.bench';
import { stormBench } from './storm.bench';
import { submitBench } from './submit.bench';
import { validationBench } from './validation.bench';
import { withResources } from './with-resources';

/** Calls at their recorded time: faster ones would measure how many commands a second this machine can carry. */
const DEPLOY_FACTOR = 1;
/** Slow enough that the slots bind and not this machine. */
const FAIRNESS_FACTOR = 0.2;
const STORM_FACTOR = 0.2;
const ESTIMATE_FACTOR = 0.2;

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
      const dir = mkdtempSync(join(tmpdir(), 'orion-bench-'));
      globalThis.orionTestResources?.push({ dispose: () => rm(dir, { recursive: true }) });
      const specFile = join(dir, 'cluster.json');
      writeFileSync(specFile, JSON.stringify(benchCluster()));
      const platform = await startPlatform('distributed', {
        ORION_SIMULATOR_FACTOR: String(DEPLOY_FACTOR),
        ORION_SIMULATOR_SPEC_FILE: specFile,
      });
      await deployBench(platform, WARM_UP, DEPLOY_FACTOR);
      for (const point of POINTS) print(await deployBench(platform, point, DEPLOY_FACTOR));
    }),
  reset: () =>
    withResources(async () => {
      const dir = mkdtempSync(join(tmpdir(), 'orion-bench-'));
      globalThis.orionTestResources?.push({ dispose: () => rm(dir, { recursive: true }) });
      const specFile = join(dir, 'cluster.json');
      writeFileSync(specFile, JSON.stringify(benchCluster(SLOW_RESET)));
      const platform = await startPlatform('distributed', {
        ORION_SIMULATOR_FACTOR: '1',
        ORION_SIMULATOR_SPEC_FILE: specFile,
      });
      await resetBench(platform, WARM_UP);
      for (const point of RESET_POINTS) print(await resetBench(platform, point));
    }),
  fairness: async () => print(await quickCluster(FAIRNESS_FACTOR, fairnessBench)),
  storm: async () => print(await quickCluster(STORM_FACTOR, stormBench)),
  estimate: async () =>
    print(await quickCluster(ESTIMATE_FACTOR, (platform) => estimateBench(platform, ESTIMATE_FACTOR))),
};

/** A cluster with room for what these deploy, whose operations take a part of their recorded time. */
function quickCluster<T>(factor: number, bench: (platform: Platform) => Promise<T>): Promise<T> {
  return withResources(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'orion-bench-'));
    globalThis.orionTestResources?.push({ dispose: () => rm(dir, { recursive: true }) });
    const specFile = join(dir, 'cluster.json');
    writeFileSync(specFile, JSON.stringify(benchCluster()));
    return bench(
      await startPlatform('distributed', {
        ORION_SIMULATOR_FACTOR: String(factor),
        ORION_SIMULATOR_SPEC_FILE: specFile,
      }),
    );
  });
}

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
