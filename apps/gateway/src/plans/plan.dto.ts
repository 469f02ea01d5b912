import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, IsInt, IsObject, IsOptional, IsUUID, Matches, Max, Min, ValidateNested } from 'class-validator';

import { ResetDto } from '../baselines/baseline.dto';
import { LABEL } from '../jobs/job.dto';

export class PlanResetDto extends PickType(ResetDto, ['baseline']) {}

/** One of: a blueprint or a document to deploy; a range and a revision to apply; a range to set back. */
export class PlanRangeDto {
  @ApiPropertyOptional({
    type: 'string',
    pattern: LABEL.source,
    description: 'Of the range to deploy; told when it is taken.',
  })
  @IsOptional()
  @Matches(LABEL, { message: '$property must be a DNS label' })
  name?: string;

  @ApiPropertyOptional({ type: 'string', format: 'uuid', description: 'Blueprint to deploy.' })
  @IsOptional()
  @IsUUID()
  blueprintId?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'Of the blueprint; the latest one unless told. With rangeId: the one that the range is to become.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  revision?: number;

  @ApiPropertyOptional({
    oneOf: [{ type: 'object' }, { type: 'string' }],
    description: 'A blueprint to deploy that is not stored: the document itself, or its text as YAML or JSON.',
  })
  @Allow()
  document?: unknown;

  @ApiPropertyOptional({
    type: 'string',
    format: 'uuid',
    description: 'May be left out when the tenant has exactly one site.',
  })
  @IsOptional()
  @IsUUID()
  siteId?: string;

  @ApiPropertyOptional({ type: 'string', format: 'uuid', description: 'A range that is there.' })
  @IsOptional()
  @IsUUID()
  rangeId?: string;

  @ApiPropertyOptional({ type: PlanResetDto, description: 'With rangeId: set it back.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlanResetDto)
  reset?: PlanResetDto;
}
