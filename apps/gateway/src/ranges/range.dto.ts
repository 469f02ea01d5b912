import { ApiPropertyOptional } from '@nestjs/swagger';
import { NODE_STATES, RANGE_STATES, type NodeState, type RangeState } from '@orion/domain';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

import { PageQuery } from '../http/paging';

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
