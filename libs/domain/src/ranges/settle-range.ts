import { isReset, type JobKind, type JobState } from '../jobs/job';
import type { DesiredState, NodeState, RangeState } from './range';

/** The job that has just ended on a range. */
export interface EndedJob {
  readonly kind: JobKind;
  readonly state: Extract<JobState, 'succeeded' | 'failed' | 'cancelled'>;
  /** True when everything that the job made has been removed again, also when it had made nothing. */
  readonly compensated?: boolean;
}

export interface SettleFacts {
  readonly desired: DesiredState;
  /** What the range was until now; absent: not degraded. */
  readonly before?: RangeState;
  readonly nodes: readonly NodeState[];
  /** Absent when an inventory, not a job, changed what is known of the nodes. */
  readonly job?: EndedJob;
}

export interface SettledRange {
  readonly state: RangeState;
  readonly desired: DesiredState;
}

/**
 * What a range is once its job has ended, compensation included.
 * - Destroyed: after a destroy, and after a deploy that did not succeed and was rolled back.
 * - Degraded: after any other deploy that did not succeed, and still after a repair that did not; while a node is missing, between two states or unknown;
 *   when a job on the whole range ended half-way.
 * - Degraded, too: after a change to another revision that neither went through nor could be taken back.
 * - Quarantined: after a reset that could not be proven; degraded after one that was cancelled half-way.
 * - Ready or stopped: as its nodes are; ready when some run and some were stopped one by one.
 */
export function settleRange({ desired, before, nodes, job }: SettleFacts): SettledRange {
  const succeeded = job === undefined || job.state === 'succeeded';
  if (job?.kind === 'range.destroy' && succeeded) return { state: 'destroyed', desired: 'destroyed' };
  if (job?.kind === 'range.deploy' && !succeeded) {
    return job.compensated === true ? { state: 'destroyed', desired: 'destroyed' } : { state: 'degraded', desired };
  }
  if (job !== undefined && isReset(job.kind) && !succeeded && job.compensated !== true) {
    return { state: job.state === 'failed' ? 'quarantined' : 'degraded', desired };
  }
  if (job?.kind === 'range.apply' && !succeeded && job.compensated !== true) return { state: 'degraded', desired };
  if (job?.kind === 'baseline.delete' && (before === 'degraded' || before === 'quarantined')) {
    return { state: before, desired };
  }
  if (job?.kind === 'range.repair' && !succeeded && before === 'quarantined') return { state: 'quarantined', desired };
  if (job?.kind === 'range.repair' && !succeeded && before === 'degraded') return { state: 'degraded', desired };

  const running = nodes.filter((state) => state === 'running').length;
  const stopped = nodes.filter((state) => state === 'stopped').length;
  if (running + stopped < nodes.length) return { state: 'degraded', desired };

  // A baseline says itself what runs in it.
  if (job?.kind === 'range.reset') {
    return running > 0 ? { state: 'ready', desired: 'running' } : { state: 'stopped', desired: 'stopped' };
  }

  // A destroy that removed nothing leaves the range what it was; nobody wants it gone any more.
  const wanted = desired === 'destroyed' ? (running > 0 ? 'running' : 'stopped') : desired;
  if (running === nodes.length) return { state: 'ready', desired: wanted };
  if (stopped === nodes.length) return { state: 'stopped', desired: wanted };
  const endedHalfWay = !succeeded && (job.kind === 'range.start' || job.kind === 'range.stop');
  return { state: endedHalfWay ? 'degraded' : 'ready', desired: wanted };
}
