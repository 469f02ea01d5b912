import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';

export class ValidateQuery {
  @ApiPropertyOptional({
    type: 'string',
    format: 'uuid',
    description: 'Also check against what this site has and can do.',
  })
  @IsOptional()
  @IsUUID()
  site?: string;

  @ApiPropertyOptional({ type: 'string', enum: ['true', 'false'], description: 'Also answer the normalised form.' })
  @IsOptional()
  @IsIn(['true', 'false', ''])
  normalised?: string;
}
