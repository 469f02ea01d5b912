import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@orion/runtime';

import type { Caller } from '../http/caller';
import { numberCursor, pageOf, uuidCursor, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { UnitOfWork } from '../persistence/unit-of-work';
import { CLOCK } from '../settings';
import type { JobListQuery, StepListQuery } from './job.dto';
import { jobDetailView, jobView, stepView, type JobDetailView, type JobView, type StepView } from './job.view';

/** Answers what jobs and their steps are at. */
@Injectable()
export class ReadJobs {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  list(caller: Caller, { cursor, limit, ...filter }: JobListQuery): Promise<Page<JobView>> {
    return this.unitOfWork.run(caller, async ({ jobs }) => {
      const rows = await jobs.list({ ...filter, before: uuidCursor(cursor), limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.id, jobView);
    });
  }

  /** The jobs of a range that the caller can see. */
  listOfRange(caller: Caller, rangeId: string, query: JobListQuery): Promise<Page<JobView>> {
    return this.unitOfWork.run(caller, async ({ jobs, ranges }) => {
      if ((await ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
      const { cursor, limit, ...filter } = query;
      const rows = await jobs.list({ ...filter, rangeId, before: uuidCursor(cursor), limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.id, jobView);
    });
  }

  get(caller: Caller, jobId: string): Promise<JobDetailView> {
    return this.unitOfWork.run(caller, async ({ jobs }) => {
      const job = await jobs.get(jobId);
      if (job === undefined) throw notFound('job', jobId);
      const progress = await jobs.progress(jobId, job.phase === 'compensate' ? 'compensate' : 'forward');
      return jobDetailView(job, progress, this.clock.now());
    });
  }

  steps(caller: Caller, jobId: string, { cursor, limit, state }: StepListQuery): Promise<Page<StepView>> {
    return this.unitOfWork.run(caller, async ({ jobs }) => {
      if ((await jobs.get(jobId)) === undefined) throw notFound('job', jobId);
      const rows = await jobs.steps(jobId, { after: numberCursor(cursor) ?? -1, state, limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.ordinal, stepView);
    });
  }
}
