import { Injectable } from '@nestjs/common';
import { JobWaker } from '@orion/job-queue';

import type { Caller } from '../http/caller';

/**
 * Tells an orchestrator of a job right after the commit. Nobody waits for it: the outbox row of the same transaction stays
 * until an orchestrator works on the job, and the sweep finds what this one misses.
 */
@Injectable()
export class JobRelay {
  constructor(private readonly waker: JobWaker) {}

  announce(jobId: string, { principal, traceparent }: Pick<Caller, 'principal' | 'traceparent'>): void {
    void this.waker.wake({
      jobId,
      tenantId: principal.tenantId,
      ...(traceparent === undefined ? {} : { traceparent }),
    });
  }
}
