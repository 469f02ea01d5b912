import type { ClusterSpec } from './cluster/cluster-spec';
import type { ServerIdentity } from './http/certificates';
import type { LatencyProfile } from './timing/profile';

export interface SimulatorOptions {
  /** Port of the API; 0 (default) picks a free one. */
  readonly port?: number;
  /** Port of the admin endpoint on loopback; 0 (default) picks a free one. */
  readonly adminPort?: number;
  /** Address that the API listens on; default 127.0.0.1. */
  readonly listen?: string;
  /** Names that the server certificate holds besides localhost. */
  readonly serverNames?: readonly string[];
  readonly identity?: ServerIdentity;
  /** Default: three hosts, four templates, a least-privilege token. */
  readonly spec?: ClusterSpec;
  /** Real time per simulated time: 1 is real, 0.05 suits tests, 0 waits for nothing. Default 1. */
  readonly factor?: number;
  /** Default 9.1.9; 8.x shows the differences of that release. */
  readonly pveVersion?: string;
  /** Same seed, same MACs, ids and faults. Default "orion". */
  readonly seed?: string;
  /** Loaded at start when it exists, written at stop. */
  readonly stateFile?: string;
  /** Replaces single latencies of the recorded profile, in simulated milliseconds. */
  readonly profile?: Partial<LatencyProfile>;
}

export interface RunningSimulator {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  readonly caPem: string;
  /** SHA-256 of the server certificate, upper-case pairs with colons. */
  readonly fingerprint: string;
  /** `http://127.0.0.1:port` */
  readonly adminUrl: string;
  readonly tokens: readonly { readonly id: string; readonly secret: string }[];
  /** Stops answering, ends all tasks, saves the state. May be called again. */
  close(): Promise<void>;
}
