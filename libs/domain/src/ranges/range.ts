export const RANGE_STATES = [
  'deploying',
  'ready',
  'stopped',
  'degraded',
  'quarantined',
  'destroying',
  'destroyed',
] as const;
export type RangeState = (typeof RANGE_STATES)[number];

/** What the range's owner asked for last; the state says how far it is from that. */
export const DESIRED_STATES = ['running', 'stopped', 'destroyed'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

export const NODE_STATES = [
  'planned',
  'creating',
  'stopped',
  'starting',
  'running',
  'stopping',
  'destroyed',
  'unknown',
] as const;
export type NodeState = (typeof NODE_STATES)[number];
