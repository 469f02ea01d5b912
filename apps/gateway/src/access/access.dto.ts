import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PERMISSIONS, ROLES, type Role } from '@orion/domain';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsDate,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';

import { PageQuery } from '../http/paging';
import { LABEL } from '../jobs/job.dto';

const AREAS = [...new Set(PERMISSIONS.map((permission) => `${permission.split(':')[0] ?? ''}:*`))];
export const SCOPES: readonly string[] = [...PERMISSIONS, ...AREAS];

export class CreateApiKeyDto {
  @ApiProperty({ type: 'string', minLength: 1, maxLength: 100, example: 'ci pipeline' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ enum: ROLES, type: 'string' })
  @IsIn(ROLES)
  role!: Role;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', enum: [...SCOPES] },
    description: 'Narrows the role; empty: everything that the role may do.',
  })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(50)
  @IsIn(SCOPES, { each: true })
  scopes?: string[];

  @ApiPropertyOptional({ type: 'string', format: 'date-time', description: 'Never expires unless told.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  expiresAt?: Date;
}

export class TenantDto {
  @ApiProperty({ type: 'string', pattern: LABEL.source, example: 'blue-team' })
  @Matches(LABEL, {
    message: '$property must be a DNS label: lower-case letters, digits and inner hyphens, at most 63',
  })
  name!: string;
}

export class NameQuery extends PageQuery {
  @ApiPropertyOptional({ type: 'string', maxLength: 63 })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  name?: string;
}

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ type: 'string', maxLength: 100, example: 'range.deploy' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  action?: string;

  @ApiPropertyOptional({ type: 'string', maxLength: 200, description: 'Such as `range:<id>`.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  subject?: string;
}
