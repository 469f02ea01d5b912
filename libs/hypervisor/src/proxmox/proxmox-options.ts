export interface ProxmoxTimeouts {
  /** Milliseconds that one call may take; Proxmox VE itself gives up after 30 s. */
  readonly callMs: number;
  /** Milliseconds to look for the effect of a change whose answer was lost, or which a task reported as done. */
  readonly settleMs: number;
  /** Milliseconds to wait for somebody else's lock on a VM to go away. */
  readonly lockMs: number;
}

export interface ProxmoxConcurrency {
  /** Calls under way at once, the slow ones aside; three pveproxy workers serve a host. */
  readonly calls: number;
  /** Configuration changes under way at once on a host, and as many calls of guest agents; three slow ones block a host. */
  readonly slowCallsPerHost: number;
  /** VMs whose configuration an inventory reads at once. */
  readonly inventoryReads: number;
}

export interface ProxmoxNetworks {
  /** Milliseconds in which changes of networks gather before they are made and applied together. */
  readonly gatherMs: number;
}

export interface ProxmoxPolling {
  /** Milliseconds between the first two looks at a task. */
  readonly firstMs: number;
  /** The interval grows by half at each look, up to this many milliseconds. */
  readonly longestMs: number;
}

export interface ProxmoxOptions {
  /** Such as `https://pve1.example:8006`; any host of the cluster answers for all. */
  readonly url: string;
  /** `user@realm!token`. */
  readonly tokenId: string;
  readonly tokenSecret: string;
  /** PEM text of the certificate authority that signed the API's certificate; the system's are not trusted then. */
  readonly caPem?: string;
  /** SHA-256 of the API's certificate, hexadecimal, with or without colons. Replaces the check of the chain unless `caPem` is given too. */
  readonly fingerprint?: string;
  /** Name of the installation that this agent serves. */
  readonly installation: string;
  readonly polling?: Partial<ProxmoxPolling>;
  readonly concurrency?: Partial<ProxmoxConcurrency>;
  readonly timeouts?: Partial<ProxmoxTimeouts>;
  readonly networks?: Partial<ProxmoxNetworks>;
  /** Called at each answer of the API, whatever it says. */
  readonly onAnswer?: () => void;
}

export interface ProxmoxSettings {
  readonly polling: ProxmoxPolling;
  readonly concurrency: ProxmoxConcurrency;
  readonly timeouts: ProxmoxTimeouts;
  readonly networks: ProxmoxNetworks;
}

/** The options with what was left out filled in. */
export function settingsOf(options: ProxmoxOptions): ProxmoxSettings {
  return {
    polling: { firstMs: 50, longestMs: 1_000, ...options.polling },
    concurrency: { calls: 8, slowCallsPerHost: 2, inventoryReads: 4, ...options.concurrency },
    timeouts: { callMs: 35_000, settleMs: 10_000, lockMs: 15_000, ...options.timeouts },
    networks: { gatherMs: 300, ...options.networks },
  };
}
