import { ApiPropertyOptional } from '@nestjs/swagger';
import { DRIFT_KINDS, type DriftKind } from '@orion/domain';
import { IsIn, IsOptional } from 'class-validator';

import { PageQuery } from '../http/paging';

export class DriftQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DRIFT_KINDS, type: 'string' })
  @IsOptional()
  @IsIn(DRIFT_KINDS)
  kind?: DriftKind;
}
