import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequirePermission } from '../access/require-permission';
import { CurrentCaller, type Caller } from '../http/caller';
import { ResourceId } from '../http/resource-id.pipe';
import { Answers, pageSchema, TakesIdempotencyKey } from '../openapi/answers';
import { jobRequestSchema } from '../openapi/job-request-schema';
import { ReadEvents } from '../events/read-events.use-case';
import { EventsQuery } from '../events/event.dto';
import { AnswersEvents, EventRequest } from '../events/event-request';
import { CancelJob } from './cancel-job.use-case';
import { JobListQuery, StepListQuery } from './job.dto';
import { AcceptedView, JobDetailView, JobView, StepView } from './job.view';
import { ReadJobs } from './read-jobs.use-case';
import { RetryJob } from './retry-job.use-case';
import { SubmitJob } from './submit-job.use-case';

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(
    private readonly submitJob: SubmitJob,
    private readonly readJobs: ReadJobs,
    private readonly cancelJob: CancelJob,
    private readonly retryJob: RetryJob,
    private readonly readEvents: ReadEvents,
  ) {}

  /** Answers 202 at once; progress is read from the returned job. */
  @Post()
  @HttpCode(202)
  @RequirePermission('job:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Submit a job of any kind' })
  @ApiBody({ schema: jobRequestSchema() })
  @Answers(202, AcceptedView, 'The job was accepted.')
  submit(@CurrentCaller() caller: Caller, @Body() body: unknown) {
    return this.submitJob.execute(caller, body);
  }

  @Get()
  @RequirePermission('job:read')
  @ApiOperation({ summary: 'List jobs, newest first' })
  @Answers(200, pageSchema(JobView), 'A page of jobs.')
  list(@CurrentCaller() caller: Caller, @Query() query: JobListQuery) {
    return this.readJobs.list(caller, query);
  }

  @Get(':jobId')
  @RequirePermission('job:read')
  @ApiOperation({ summary: 'Read a job with its progress' })
  @Answers(200, JobDetailView, 'The job.')
  get(@CurrentCaller() caller: Caller, @Param('jobId', ResourceId) jobId: string) {
    return this.readJobs.get(caller, jobId);
  }

  @Get(':jobId/steps')
  @RequirePermission('job:read')
  @ApiOperation({ summary: 'List the steps of a job in their order' })
  @Answers(200, pageSchema(StepView), 'A page of steps.')
  steps(@CurrentCaller() caller: Caller, @Param('jobId', ResourceId) jobId: string, @Query() query: StepListQuery) {
    return this.readJobs.steps(caller, jobId, query);
  }

  /** What runs is stopped, then what the job has made is removed. */
  @Post(':jobId/cancel')
  @HttpCode(202)
  @RequirePermission('job:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Cancel a job' })
  @Answers(202, AcceptedView, 'The job is being cancelled.')
  cancel(@CurrentCaller() caller: Caller, @Param('jobId', ResourceId) jobId: string) {
    return this.cancelJob.execute(caller, jobId);
  }

  @Post(':jobId/retry')
  @HttpCode(202)
  @RequirePermission('job:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Resume a failed job from the steps that failed' })
  @Answers(202, AcceptedView, 'The job goes on.')
  retry(@CurrentCaller() caller: Caller, @Param('jobId', ResourceId) jobId: string) {
    return this.retryJob.execute(caller, jobId);
  }

  @Get(':jobId/events')
  @RequirePermission('job:read')
  @ApiOperation({ summary: 'Follow the events of a job' })
  @AnswersEvents()
  events(
    @CurrentCaller() caller: Caller,
    @Param('jobId', ResourceId) jobId: string,
    @Query() query: EventsQuery,
    @EventRequest() request: EventRequest,
  ) {
    return this.readEvents.ofJob(caller, jobId, request, query);
  }
}
