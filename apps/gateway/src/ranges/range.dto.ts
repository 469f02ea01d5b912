import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { JOB_KINDS, NODE_STATES, RANGE_STATES, type JobKind, type NodeState, type RangeState } from '@orion/domain';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';

import { PageQuery } from '../http/paging';
import { JobOptions } from '../jobs/job.dto';

export class RangeListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: RANGE_STATES, type: 'string' })
  @IsOptional()
  @IsIn(RANGE_STATES)
  state?: RangeState;

  @ApiPropertyOptional({ type: 'string', maxLength: 63 })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  name?: string;

  @ApiPropertyOptional({ type: 'string', format: 'uuid' })
  @IsOptional()
  @IsUUID()
  blueprintId?: string;

  @ApiPropertyOptional({ type: 'string', format: 'uuid' })
  @IsOptional()
  @IsUUID()
  siteId?: string;
}

export class NodeListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: NODE_STATES, type: 'string' })
  @IsOptional()
  @IsIn(NODE_STATES)
  state?: NodeState;
}

export class ApplyDto extends JobOptions {
  @ApiProperty({ type: 'integer', minimum: 1, description: "Of the range's blueprint." })
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  revision!: number;
}

/** `POST /jobs` with `range.apply`. */
export class ApplyJobDto extends ApplyDto {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
}
