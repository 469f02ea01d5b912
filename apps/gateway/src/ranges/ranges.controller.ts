import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequirePermission } from '../access/require-permission';
import { DriftQuery } from '../drift/drift.dto';
import { RangeDriftView } from '../drift/drift.view';
import { ReadDrift } from '../drift/read-drift.use-case';
import { AnswersEvents, EventRequest } from '../events/event-request';
import { EventsQuery } from '../events/event.dto';
import { ReadEvents } from '../events/read-events.use-case';
import { CurrentCaller, type Caller } from '../http/caller';
import { ResourceId } from '../http/resource-id.pipe';
import { CreateRangeDto, JobListQuery, JobOptions } from '../jobs/job.dto';
import { AcceptedView, JobView } from '../jobs/job.view';
import { ReadJobs } from '../jobs/read-jobs.use-case';
import { RequestRangeJob } from '../jobs/request-range-job';
import { Answers, pageSchema, TakesIdempotencyKey } from '../openapi/answers';
import { ApplyRevision } from './apply-revision.use-case';
import { CreateRange } from './create-range.use-case';
import { ApplyDto, RangeListQuery } from './range.dto';
import { AcceptedRangeView, RangeDetailView, RangeView } from './range.view';
import { ReadRanges } from './read-ranges.use-case';

@ApiTags('ranges')
@Controller('ranges')
export class RangesController {
  constructor(
    private readonly createRange: CreateRange,
    private readonly readRanges: ReadRanges,
    private readonly requestRangeJob: RequestRangeJob,
    private readonly readJobs: ReadJobs,
    private readonly readEvents: ReadEvents,
    private readonly readDrift: ReadDrift,
    private readonly applyRevision: ApplyRevision,
  ) {}

  /** Answers 202 at once; progress is read from the returned job. */
  @Post()
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Deploy a range from a blueprint' })
  @Answers(202, AcceptedRangeView, 'The range is being deployed.')
  create(@CurrentCaller() caller: Caller, @Body() body: CreateRangeDto) {
    return this.createRange.execute(caller, body);
  }

  @Get()
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'List ranges, newest first' })
  @Answers(200, pageSchema(RangeView), 'A page of ranges.')
  list(@CurrentCaller() caller: Caller, @Query() query: RangeListQuery) {
    return this.readRanges.list(caller, query);
  }

  @Get(':rangeId')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Read a range with its nodes and networks' })
  @Answers(200, RangeDetailView, 'The range.')
  get(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string) {
    return this.readRanges.get(caller, rangeId);
  }

  @Delete(':rangeId')
  @HttpCode(202)
  @RequirePermission('range:write')
  @ApiOperation({ summary: 'Destroy a range' })
  @Answers(202, AcceptedView, 'The range is being destroyed.')
  destroy(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string) {
    return this.requestRangeJob.execute(caller, { kind: 'range.destroy', rangeId });
  }

  @Post(':rangeId/start')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Start every node in dependency order' })
  @Answers(202, AcceptedView, 'The range is being started.')
  start(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Body() options?: JobOptions) {
    return this.requestRangeJob.execute(caller, {
      kind: 'range.start',
      rangeId,
      deadlineSeconds: options?.deadlineSeconds,
    });
  }

  @Post(':rangeId/stop')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Stop every node, those that others depend on last' })
  @Answers(202, AcceptedView, 'The range is being stopped.')
  stop(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Body() options?: JobOptions) {
    return this.requestRangeJob.execute(caller, {
      kind: 'range.stop',
      rangeId,
      deadlineSeconds: options?.deadlineSeconds,
    });
  }

  /** Only what differs is touched; a range that is as it should be is looked at, and nothing more. */
  @Post(':rangeId/repairs')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Make a range what its blueprint revision says' })
  @Answers(202, AcceptedView, 'The range is being repaired.')
  repair(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Body() options?: JobOptions) {
    return this.requestRangeJob.execute(caller, {
      kind: 'range.repair',
      rangeId,
      deadlineSeconds: options?.deadlineSeconds,
    });
  }

  /** All or nothing: when something fails, the range is what it was. Only what differs is touched. */
  @Post(':rangeId/applies')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Take a range to another revision of its blueprint' })
  @Answers(202, AcceptedView, 'The range is being changed.')
  apply(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Body() body: ApplyDto) {
    return this.applyRevision.execute(caller, rangeId, body);
  }

  @Get(':rangeId/drift')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Read how the VMs of a range differ from what they should be' })
  @Answers(200, RangeDriftView, 'What differed when the site was last looked at.')
  drift(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Query() query: DriftQuery) {
    return this.readDrift.ofRange(caller, rangeId, query);
  }

  @Get(':rangeId/jobs')
  @RequirePermission('job:read')
  @ApiOperation({ summary: 'List the jobs of a range, newest first' })
  @Answers(200, pageSchema(JobView), 'A page of jobs.')
  jobs(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Query() query: JobListQuery) {
    return this.readJobs.listOfRange(caller, rangeId, query);
  }

  @Get(':rangeId/events')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Follow the events of a range' })
  @AnswersEvents()
  events(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Query() query: EventsQuery,
    @EventRequest() request: EventRequest,
  ) {
    return this.readEvents.ofRange(caller, rangeId, request, query);
  }
}
