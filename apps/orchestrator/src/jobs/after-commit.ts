import type { CancellingCommand } from '@orion/persistence';

/** What a transaction asks for once it has committed. Losing it costs time alone: the sweep finds the same. */
export class AfterCommit {
  /** Sites where steps may have become ready, or slots free. */
  readonly dispatch = new Set<string>();
  /** Sites where a job has ended, so that the next may begin. */
  readonly admit = new Set<string>();
  /** Jobs that go on to their next phase. */
  readonly advance = new Set<string>();
  readonly cancellations: CancellingCommand[] = [];
  /** The job is not done with: its next transaction may follow at once. */
  again = false;
}
