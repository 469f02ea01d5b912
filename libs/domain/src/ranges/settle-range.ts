import type { JobKind, JobState } from '../jobs/job';
import type { DesiredState, NodeState, RangeState } from './range';

export interface SettleFacts {
  readonly desired: DesiredState;
  readonly nodes: readonly NodeState[];
  /** The job that has just ended; absent when an inventory changed what is known of the nodes. */
  readonly job?: { readonly kind: JobKind; readonly state: Extract<JobState, 'succeeded' | 'failed' | 'cancelled'> };
}

export interface SettledRange {
  readonly state: RangeState;
  readonly desired: DesiredState;
}

/**
 * What a range is once its job has ended (compensation included), from the states of its nodes.
 * - Nothing left: destroyed, also after a deploy that was rolled back.
 * - A node missing, between two states or unknown: degraded.
 * - All run: ready. All stopped: stopped.
 * - Some of each: ready when someone chose that node by node; degraded when a job on the whole range stopped half-way.
 */
export function settleRange({ desired, nodes, job }: SettleFacts): SettledRange {
  const removing = desired === 'destroyed' || job?.kind === 'range.deploy';
  const nothingLeft = nodes.every((state) => state === 'destroyed');
  if (nothingLeft && (nodes.length > 0 || removing) && !(job?.kind === 'range.destroy' && job.state !== 'succeeded')) {
    return job?.kind === 'range.deploy' && job.state === 'succeeded' && nodes.length === 0
      ? { state: 'ready', desired }
      : { state: 'destroyed', desired: 'destroyed' };
  }
  const running = nodes.filter((state) => state === 'running').length;
  const stopped = nodes.filter((state) => state === 'stopped').length;
  if (running + stopped < nodes.length) return { state: 'degraded', desired };
  // A removal that ended without removing anything: the range is what it was.
  const wanted = desired === 'destroyed' ? (running > 0 ? 'running' : 'stopped') : desired;
  if (running === nodes.length) return { state: 'ready', desired: wanted };
  if (running === 0) return { state: 'stopped', desired: wanted };
  const onWholeRange = job?.kind.startsWith('range.') === true && job.state !== 'succeeded';
  return { state: onWholeRange ? 'degraded' : 'ready', desired: wanted };
}
