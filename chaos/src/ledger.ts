import type { Tenant } from './rig';

export const COUNTS = ['lost', 'duplicates', 'orphans', 'stuck'] as const;
export type Count = (typeof COUNTS)[number];

/** Something that should not be, with what is needed to look into it. */
export interface Complaint {
  readonly count: Count;
  readonly what: string;
  readonly jobId?: string;
  readonly rangeId?: string;
}

/** A job that was answered with 202. */
export interface AcceptedJob {
  readonly id: string;
  readonly kind: string;
  readonly rangeId: string;
  readonly tenant: Tenant;
}

/** What was promised to the clients, and what they found not kept. */
export class Ledger {
  readonly jobs = new Map<string, AcceptedJob>();
  readonly ranges = new Map<string, Tenant>();
  readonly complaints: Complaint[] = [];
  /** How jobs ended, by kind, state and code of their error. */
  readonly endings = new Map<string, number>();

  accept(job: AcceptedJob): void {
    this.jobs.set(job.id, job);
    this.ranges.set(job.rangeId, job.tenant);
  }

  /** The same complaint about the same job or range counts once. */
  complain(complaint: Complaint): void {
    const isSame = (other: Complaint): boolean =>
      other.count === complaint.count &&
      other.what === complaint.what &&
      other.jobId === complaint.jobId &&
      other.rangeId === complaint.rangeId;
    if (!this.complaints.some(isSame)) this.complaints.push(complaint);
  }

  ended(job: {
    readonly kind: string;
    readonly state: string;
    readonly error: { readonly code: string } | null;
  }): void {
    const how = `${job.kind} ${job.state}${job.error === null ? '' : ` ${job.error.code}`}`;
    this.endings.set(how, (this.endings.get(how) ?? 0) + 1);
  }

  count(count: Count): number {
    return this.complaints.filter((complaint) => complaint.count === count).length;
  }
}
