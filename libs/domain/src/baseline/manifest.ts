/**
 * `disk`: the disks of stopped VMs, taken in one cut; a reset boots them. `memory`: with the memory of VMs that were all
 * suspended; a reset resumes them.
 */
export const BASELINE_MODES = ['disk', 'memory'] as const;
export type BaselineMode = (typeof BASELINE_MODES)[number];

/**
 * `creating`: its snapshots are being taken; `ready`: a range can return to it; `removing`: its snapshots are being removed;
 * `incomplete`: a node was made anew since, so that its snapshot is gone.
 */
export const BASELINE_STATES = ['creating', 'ready', 'removing', 'incomplete'] as const;
export type BaselineState = (typeof BASELINE_STATES)[number];

export type BaselinePower = 'running' | 'stopped';

/** One node of a range as its baseline holds it, or as it was found after a reset. */
export interface ManifestNode {
  readonly node: string;
  readonly vmId: number;
  readonly template: string;
  /** Where it was; a reset does not ask for it. */
  readonly host: string;
  /** Snapshot that its state descends from; null: none. */
  readonly snapshot: string | null;
  readonly lock: string | null;
  readonly power: string;
  readonly config: Readonly<Record<string, string>>;
  readonly configDigest: string;
  readonly disks: readonly { readonly device: string; readonly volume: string; readonly sizeMiB: number }[];
  readonly nics: readonly { readonly mac: string; readonly bridge: string; readonly vlanTag?: number }[];
  /** Those of its expected addresses that the guest shows, sorted; null: the guest was not asked. */
  readonly addresses: readonly string[] | null;
  /** Null: the guest was not asked. */
  readonly guest: { readonly answers: boolean; readonly hostname: string | null; readonly os: string | null } | null;
}

/** What a baseline's digest is made of: everything that two proven resets have in common. */
export function digestedManifest(nodes: readonly ManifestNode[]): readonly Omit<ManifestNode, 'host' | 'config'>[] {
  return [...nodes]
    .sort((a, b) => (a.node < b.node ? -1 : 1))
    .map(({ host: _host, config: _config, ...digested }) => digested);
}
