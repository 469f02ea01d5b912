import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { agentToken, type SimulatedCluster, type SimulatedClusterOptions } from '../profile/simulated-cluster';
import { launchProcess } from './launch-process';

/** Starts the simulated cluster as a process of its own, trusted by the CA that it writes. */
export async function simulateApart(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const dir = join(dirname(options.stateFile), 'simulator');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const specFile = join(dir, 'cluster.json');
  const caFile = join(dir, 'ca.pem');
  await writeFile(specFile, JSON.stringify(options.spec), { mode: 0o600 });
  const simulator = await launchProcess('pve-simulator', {
    SIM_SPEC_FILE: specFile,
    SIM_CA_FILE: caFile,
    SIM_FACTOR: String(options.factor),
    SIM_STATE_FILE: options.stateFile,
  });
  return {
    access: { url: simulator.urls['api'] ?? '', token: agentToken(options.spec), caFile },
    adminUrl: simulator.urls['admin'] ?? '',
    stop: async () => {
      await simulator.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
