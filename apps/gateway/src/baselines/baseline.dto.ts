import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { BASELINE_MODES, JOB_KINDS, type BaselineMode, type JobKind } from '@orion/domain';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';

import { JobOptions, NodeJobDto } from '../jobs/job.dto';

/** Names of baselines: snapshots carry them, behind a prefix. */
export const BASELINE_NAME = /^[a-z][a-z0-9-]{0,29}$/;
const NAME_MESSAGE = '$property must begin with a lower-case letter and have at most 30 of them, digits or hyphens';

export class CreateBaselineDto extends JobOptions {
  @ApiProperty({ type: 'string', pattern: BASELINE_NAME.source, example: 'start-of-exercise' })
  @Matches(BASELINE_NAME, { message: NAME_MESSAGE })
  name!: string;

  @ApiPropertyOptional({ type: 'string', maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  description?: string;

  @ApiPropertyOptional({
    enum: BASELINE_MODES,
    type: 'string',
    default: 'disk',
    description:
      'disk: the VMs are shut down for it, and boot at each reset. memory: they are suspended for it, and go on at each reset where they were.',
  })
  @IsOptional()
  @IsIn(BASELINE_MODES)
  mode?: BaselineMode;
}

export class ResetDto extends JobOptions {
  @ApiPropertyOptional({
    type: 'string',
    pattern: BASELINE_NAME.source,
    description: 'The current one unless told.',
  })
  @IsOptional()
  @Matches(BASELINE_NAME, { message: NAME_MESSAGE })
  baseline?: string;

  @ApiPropertyOptional({
    type: 'boolean',
    default: false,
    description: 'Whether to wait its turn while another job is changing the range, instead of being refused.',
  })
  @IsOptional()
  @IsBoolean()
  queue?: boolean;
}

export class CurrentBaselineDto {
  @ApiProperty({ type: 'string', pattern: BASELINE_NAME.source })
  @Matches(BASELINE_NAME, { message: NAME_MESSAGE })
  name!: string;
}

/** `POST /jobs` with `baseline.create`. */
export class BaselineJobDto extends CreateBaselineDto {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
}

/** `POST /jobs` with `baseline.delete`. */
export class BaselineRemovalJobDto extends JobOptions {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
  @Matches(BASELINE_NAME, { message: NAME_MESSAGE })
  name!: string;
}

/** `POST /jobs` with `range.reset`. */
export class ResetJobDto extends ResetDto {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
}

/** `POST /jobs` with `node.reset`. */
export class NodeResetJobDto extends NodeJobDto {
  @IsOptional()
  @Matches(BASELINE_NAME, { message: NAME_MESSAGE })
  baseline?: string;
  @IsOptional()
  @IsBoolean()
  queue?: boolean;
}
