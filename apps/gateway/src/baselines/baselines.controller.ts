import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequirePermission } from '../access/require-permission';
import { CurrentCaller, type Caller } from '../http/caller';
import { ResourceId } from '../http/resource-id.pipe';
import { AcceptedView } from '../jobs/job.view';
import { Answers, pageSchema, TakesIdempotencyKey } from '../openapi/answers';
import { CreateBaselineDto, CurrentBaselineDto, ResetDto } from './baseline.dto';
import { BaselineDetailView, BaselineView } from './baseline.view';
import { ChangeBaselines } from './change-baselines.use-case';
import { ReadBaselines } from './read-baselines.use-case';
import { ResetRange } from './reset-range.use-case';

@ApiTags('baselines')
@Controller('ranges/:rangeId')
export class BaselinesController {
  constructor(
    private readonly readBaselines: ReadBaselines,
    private readonly changeBaselines: ChangeBaselines,
    private readonly resetRange: ResetRange,
  ) {}

  /** All or nothing: when one node fails, the range is as before and the name is free. */
  @Post('baselines')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Take a baseline of a range' })
  @Answers(202, AcceptedView, 'The baseline is being taken.')
  create(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Body() body: CreateBaselineDto,
  ) {
    return this.changeBaselines.create(caller, rangeId, body);
  }

  @Get('baselines')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'List the baselines of a range, oldest first' })
  @Answers(200, pageSchema(BaselineView), 'The baselines.')
  list(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string) {
    return this.readBaselines.list(caller, rangeId);
  }

  @Get('baselines/:baseline')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Read a baseline with its manifest' })
  @Answers(200, BaselineDetailView, 'The baseline.')
  get(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('baseline') baseline: string,
  ) {
    return this.readBaselines.get(caller, rangeId, baseline);
  }

  @Delete('baselines/:baseline')
  @HttpCode(202)
  @RequirePermission('range:write')
  @ApiOperation({ summary: 'Remove a baseline with its snapshots' })
  @Answers(202, AcceptedView, 'The baseline is being removed.')
  remove(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('baseline') baseline: string,
  ) {
    return this.changeBaselines.remove(caller, rangeId, baseline);
  }

  @Put('current-baseline')
  @RequirePermission('range:write')
  @ApiOperation({ summary: 'Choose the baseline that resets return to' })
  @Answers(200, BaselineView, 'The baseline that is current now.')
  choose(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Body() { name }: CurrentBaselineDto,
  ) {
    return this.changeBaselines.choose(caller, rangeId, name);
  }

  /** Proven: the job's result says of each node what was compared and tried, expected and found. */
  @Post('resets')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Return a range to a baseline' })
  @Answers(202, AcceptedView, 'The range is being set back, or will be when its turn has come.')
  reset(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Body() body?: ResetDto) {
    return this.resetRange.execute(caller, rangeId, body ?? {});
  }

  @Post('nodes/:node/resets')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Return a node to a baseline' })
  @Answers(202, AcceptedView, 'The node is being set back, or will be when its turn has come.')
  resetNode(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('node') node: string,
    @Body() body?: ResetDto,
  ) {
    return this.resetRange.execute(caller, rangeId, body ?? {}, node);
  }
}
