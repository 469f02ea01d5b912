import { HEARTBEAT_INTERVAL_MS, MISSED_HEARTBEATS_UNTIL_SUSPECT } from '@orion/contracts';

export const AGENT_STATES = ['online', 'suspect', 'offline'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** From then on somebody should look: a restart takes less. */
const OFFLINE_AFTER_MS = 30_000;

/** What the age of the last heartbeat (milliseconds; null: there was none) says of an agent. */
export function agentStateOf(silentMs: number | null): AgentState {
  if (silentMs === null || silentMs > OFFLINE_AFTER_MS) return 'offline';
  return silentMs > HEARTBEAT_INTERVAL_MS * MISSED_HEARTBEATS_UNTIL_SUSPECT ? 'suspect' : 'online';
}
