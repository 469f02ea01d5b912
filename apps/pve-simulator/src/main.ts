import { readFileSync, writeFileSync } from 'node:fs';
import type { ClusterSpec } from './cluster/cluster-spec';
import type { SimulatorOptions } from './options';
import { startSimulator } from './start-simulator';

/** Settings from the environment; see docs/reference/simulator.md. */
function optionsFrom(environment: NodeJS.ProcessEnv): SimulatorOptions {
  const text = (name: string) =>
    environment[name] === undefined || environment[name] === '' ? undefined : environment[name];
  const number = (name: string) => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!Number.isFinite(Number(value))) throw new Error(`${name} is not a number`);
    return Number(value);
  };
  const specFile = text('SIM_SPEC_FILE');
  const optional = {
    port: number('SIM_PORT'),
    adminPort: number('SIM_ADMIN_PORT'),
    listen: text('SIM_LISTEN'),
    serverNames: text('SIM_SERVER_NAMES')?.split(','),
    factor: number('SIM_FACTOR'),
    pveVersion: text('SIM_PVE_VERSION'),
    seed: text('SIM_SEED'),
    stateFile: text('SIM_STATE_FILE'),
    spec: specFile === undefined ? undefined : (JSON.parse(readFileSync(specFile, 'utf8')) as ClusterSpec),
  };
  return Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
}

async function main(): Promise<void> {
  const simulator = await startSimulator(optionsFrom(process.env));
  const caFile = process.env['SIM_CA_FILE'];
  if (caFile !== undefined && caFile !== '') writeFileSync(caFile, simulator.caPem);
  const { url, adminUrl, fingerprint, tokens } = simulator;
  process.stdout.write(`${JSON.stringify({ url, adminUrl, caFile: caFile ?? null, fingerprint, tokens })}\n`);
  process.send?.({ ready: true, urls: { api: url, admin: adminUrl } });
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Whoever forked us is gone: nobody else would end us.
  process.once('disconnect', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
