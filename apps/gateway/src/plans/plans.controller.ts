import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequirePermission } from '../access/require-permission';
import { CurrentCaller, type Caller } from '../http/caller';
import { Answers } from '../openapi/answers';
import { PlanRangeDto } from './plan.dto';
import { RangePlanView } from './plan.view';
import { PlanRange } from './plan-range.use-case';

@ApiTags('ranges')
@Controller('ranges/plan')
export class PlansController {
  constructor(private readonly planRange: PlanRange) {}

  /** Nothing is reserved, and nothing is touched: what others take meanwhile is theirs. */
  @Post()
  @HttpCode(200)
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Tell what a job on a range would do, how long it takes and why it would fail' })
  @Answers(200, RangePlanView, 'The plan.')
  plan(@CurrentCaller() caller: Caller, @Body() body: PlanRangeDto) {
    return this.planRange.execute(caller, body);
  }
}
