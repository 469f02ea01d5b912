/**
 * Message patterns of the agent bus, fixed in the decorators. The bus puts the site in front of each in one place
 * (`orion.<siteId>.<pattern>` as a NATS subject), so that an agent's credentials can be limited to its own site.
 */
export const AGENT_PATTERNS = {
  /** Orchestrator to agent: `CommandEnvelope` -> `CommandAck`. */
  command: 'agent.command',
  /** Orchestrator to agent: `CancelRequest` -> `CancelReply`. Heartbeat replies repeat what this one loses. */
  cancel: 'agent.cancel',
} as const;

export const ORCHESTRATOR_PATTERNS = {
  /** Agent to orchestrator: `RegisterRequest` -> `RegisterReply`. Raises the site's generation. */
  register: 'orchestrator.register',
  /** Agent to orchestrator: `SequencesRequest` -> `SequencesReply`. Paged; for an agent whose journal is blank. */
  sequences: 'orchestrator.sequences',
  /** Agent to orchestrator, every 2 s: `Heartbeat` -> `HeartbeatReply`. */
  heartbeat: 'orchestrator.heartbeat',
  /** Agent to orchestrator: `CommandEvent` -> `CommandEventReply`, repeated until answered. */
  event: 'orchestrator.event',
  /** Agent to orchestrator: `InventoryPage` -> `InventoryReply`. */
  inventory: 'orchestrator.inventory',
} as const;

/** Largest message on the bus, bytes. Inventories are paged to stay below. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** How often an agent says that it lives, milliseconds. A site that misses three is suspect. */
export const HEARTBEAT_INTERVAL_MS = 2_000;
export const MISSED_HEARTBEATS_UNTIL_SUSPECT = 3;
/** For how long after a confirmed sign of life an agent may begin changes. One that takes its place waits as long. */
export const AGENT_LEASE_MS = HEARTBEAT_INTERVAL_MS * MISSED_HEARTBEATS_UNTIL_SUSPECT;
/** How long one request on the bus may take, milliseconds. */
export const BUS_REQUEST_TIMEOUT_MS = 1_500;
