import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  FAILURE_POLICIES,
  JOB_KINDS,
  JOB_STATES,
  STEP_STATES,
  type FailurePolicy,
  type JobKind,
  type JobState,
  type StepState,
} from '@orion/domain';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';

import { PageQuery } from '../http/paging';

/** Names of ranges: a DNS label, because guests and tags carry them. */
export const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL_MESSAGE = '$property must be a DNS label: lower-case letters, digits and inner hyphens, at most 63';
/** Names of snapshots, as every hypervisor that we know takes them. */
const SNAPSHOT_NAME = /^[A-Za-z][A-Za-z0-9_-]{1,39}$/;
const NODE_NAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** What every job takes. */
export class JobOptions {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 10,
    maximum: 604800,
    description: 'When the job fails unless it has ended.',
  })
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(604_800)
  deadlineSeconds?: number;
}

export class CreateRangeDto extends JobOptions {
  @ApiProperty({ type: 'string', pattern: LABEL.source, example: 'exercise-7' })
  @Matches(LABEL, { message: LABEL_MESSAGE })
  name!: string;

  @ApiProperty({ type: 'string', format: 'uuid' })
  @IsUUID()
  blueprintId!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'The latest one unless told.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  revision?: number;

  @ApiPropertyOptional({
    type: 'string',
    format: 'uuid',
    description: 'May be left out when the tenant has exactly one site.',
  })
  @IsOptional()
  @IsUUID()
  siteId?: string;

  @ApiPropertyOptional({
    enum: FAILURE_POLICIES,
    type: 'string',
    default: 'keep',
    description: 'What to do with what a failed deploy has made.',
  })
  @IsOptional()
  @IsIn(FAILURE_POLICIES)
  onFailure?: FailurePolicy;
}

export class SnapshotNodeDto extends JobOptions {
  @ApiProperty({ type: 'string', pattern: SNAPSHOT_NAME.source, example: 'before-exercise' })
  @Matches(SNAPSHOT_NAME, { message: '$property must begin with a letter and have 2 to 40 letters, digits, - or _' })
  name!: string;

  @ApiPropertyOptional({ type: 'string', maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  description?: string;

  @ApiPropertyOptional({
    type: 'boolean',
    default: false,
    description: 'Whether to keep the memory of a running VM, too.',
  })
  @IsOptional()
  @IsBoolean()
  memory?: boolean;
}

/** `POST /jobs` with a kind that changes a range as a whole. */
export class RangeJobDto extends JobOptions {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
}

/** `POST /jobs` with a kind that is about one node. */
export class NodeJobDto extends RangeJobDto {
  @Matches(NODE_NAME, { message: '$property must be the name of a node' })
  node!: string;
}

export class SnapshotJobDto extends SnapshotNodeDto {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  rangeId!: string;
  @Matches(NODE_NAME, { message: '$property must be the name of a node' })
  node!: string;
}

export class DeployJobDto extends CreateRangeDto {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
}

export class SiteJobDto extends JobOptions {
  @IsIn(JOB_KINDS)
  kind!: JobKind;
  @IsUUID()
  siteId!: string;
}

export class SiteCheckJobDto extends SiteJobDto {
  @IsOptional()
  @IsIn(['boot'])
  templates?: 'boot';
}

export class JobListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: JOB_STATES, type: 'string' })
  @IsOptional()
  @IsIn(JOB_STATES)
  state?: JobState;

  @ApiPropertyOptional({ enum: JOB_KINDS, type: 'string' })
  @IsOptional()
  @IsIn(JOB_KINDS)
  kind?: JobKind;

  @ApiPropertyOptional({ type: 'string', format: 'uuid' })
  @IsOptional()
  @IsUUID()
  rangeId?: string;

  @ApiPropertyOptional({ type: 'string', format: 'uuid' })
  @IsOptional()
  @IsUUID()
  siteId?: string;
}

export class StepListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STEP_STATES, type: 'string' })
  @IsOptional()
  @IsIn(STEP_STATES)
  state?: StepState;
}
