/** How a network reaches what lies outside the range. */
export const EGRESS = ['none', 'nat', 'allow-list'] as const;
export type Egress = (typeof EGRESS)[number];

export const OPERATING_SYSTEMS = ['linux', 'windows', 'other'] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

export const CLONE_MODES = ['linked', 'full'] as const;
export type CloneMode = (typeof CLONE_MODES)[number];

/**
 * A blueprint with nothing left open: groups expanded, defaults filled, every address assigned. It is a valid blueprint
 * itself, and normalising it again changes nothing. A deploy reads this form alone.
 */
export interface NormalisedBlueprint {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly NormalisedNetwork[];
  readonly nodes: readonly NormalisedNode[];
}

export interface NormalisedNetwork {
  readonly name: string;
  readonly description?: string;
  /** IPv4, host bits clear. */
  readonly cidr: string;
  /** Present when declared, and always when `egress` is not none: then it is the site's address. */
  readonly gateway?: string;
  readonly egress: Egress;
}

/** One VM. Names are unique without regard to case, and a DNS label each. */
export interface NormalisedNode {
  readonly name: string;
  readonly description?: string;
  readonly template: string;
  readonly os: OperatingSystem;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: NormalisedResources;
  /** In the order of the VM's network devices. Empty when isolated. */
  readonly interfaces: readonly NormalisedInterface[];
  /** Names of nodes that must be ready before this one starts. */
  readonly dependsOn: readonly string[];
  readonly readiness: NormalisedReadiness;
  readonly isolated: boolean;
  readonly cloneMode: CloneMode;
  readonly cloudInit?: NormalisedCloudInit;
  /** What must work on the node after a reset; absent: nothing is tried. */
  readonly probes?: readonly NormalisedProbe[];
}

/** Either a command in the guest or a TCP port that another node reaches. */
export interface NormalisedProbe {
  /** Unique among the node's probes. */
  readonly name: string;
  readonly timeoutSeconds: number;
  /** `output` is a regular expression that must find something in what the command prints. */
  readonly exec?: { readonly command: readonly string[]; readonly exitCode: number; readonly output?: string };
  /** `from`: name of the node that connects. */
  readonly tcp?: { readonly port: number; readonly from: string };
}

export interface NormalisedResources {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Absent: the size of the template's disk. */
  readonly diskGiB?: number;
}

export interface NormalisedInterface {
  readonly network: string;
  readonly address: string;
  /** Upper case, colons. Absent: chosen at the deploy. */
  readonly mac?: string;
}

export interface NormalisedReadiness {
  /** True: ready when the guest agent answers; false: ready when the VM runs. */
  readonly guestAgent: boolean;
  readonly timeoutSeconds: number;
}

export interface NormalisedCloudInit {
  readonly user?: string;
  readonly sshKeys: readonly string[];
}

/** What a field has when the blueprint is silent. */
export const DEFAULTS = {
  egress: 'none',
  os: 'linux',
  cloneMode: 'linked',
  isolated: false,
  resources: {
    linux: { cpus: 1, memoryMiB: 1024 },
    windows: { cpus: 2, memoryMiB: 4096 },
    other: { cpus: 1, memoryMiB: 1024 },
  },
  readiness: { guestAgent: false, timeoutSeconds: 300 },
  probe: { timeoutSeconds: 30, exitCode: 0 },
} as const;
