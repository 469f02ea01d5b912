/**
 * What one blueprint may hold. Each limit keeps the cost of a document bounded, or keeps it deployable on every
 * hypervisor that we know.
 */
export const LIMITS = {
  /** Nodes after `count` is expanded. */
  nodes: 10_000,
  networks: 256,
  /** VirtualBox offers 8 interfaces a VM, ESXi 10, Proxmox VE 32: with 8 a blueprint stays portable. */
  interfacesPerNode: 8,
  /** Names in one `dependsOn`, before groups are expanded. */
  dependenciesPerNode: 256,
  /** Dependencies after groups are expanded: two groups of 5,000 would be 25 million. */
  dependencies: 200_000,
  nameLength: 63,
  /** NetBIOS: 16 bytes, the last of which names the service. */
  windowsNameLength: 15,
  labelsPerNode: 32,
  sshKeysPerNode: 16,
  probesPerNode: 8,
  /** Parts of the command of one probe, and the length of each: all probes of a node travel in one message. */
  commandParts: 16,
  commandPartLength: 512,
  outputPatternLength: 500,
  /** Problems listed in one answer. */
  problems: 1_000,
} as const;
