import { readFile } from 'node:fs/promises';
import { defaultCluster, startSimulator, withSdnZone, type ClusterSpec } from '@orion/pve-simulator';

/** How the agent reaches a Proxmox VE cluster. */
export interface ClusterAccess {
  readonly url: string;
  /** `USER@REALM!ID=SECRET`. */
  readonly token: string;
  readonly caFile?: string | undefined;
  readonly fingerprint?: string | undefined;
}

/** A simulated cluster that runs. */
export interface SimulatedCluster {
  readonly access: ClusterAccess;
  readonly adminUrl: string;
  stop(): Promise<unknown>;
}

export interface SimulatedClusterOptions {
  readonly spec: ClusterSpec;
  readonly factor: number;
  readonly stateFile: string;
}

/** Reads the description of a cluster, or answers the one of three hosts; with a VXLAN zone. Its first token is the agent's. */
export async function readClusterSpec(file: string | undefined, zone?: string): Promise<ClusterSpec> {
  const spec = file === undefined ? defaultCluster() : (JSON.parse(await readFile(file, 'utf8')) as ClusterSpec);
  return zone === undefined ? spec : withSdnZone(spec, { zone, type: 'vxlan' });
}

export function agentToken(spec: ClusterSpec): string {
  const token = spec.tokens[0];
  if (token === undefined) throw new Error('The description of the simulated cluster has no token for the agent.');
  return `${token.id}=${token.secret}`;
}

/** Starts the simulated cluster in this process. What it holds outlives it in the state file. */
export async function simulateHere(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const simulator = await startSimulator(options);
  return {
    access: { url: simulator.url, token: agentToken(options.spec), fingerprint: simulator.fingerprint },
    adminUrl: simulator.adminUrl,
    stop: () => simulator.close(),
  };
}
