import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

import { LABEL } from '../jobs/job.dto';

/** Names on the hypervisor: hosts, storages, bridges, pools. */
const HYPERVISOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Zones, as Proxmox VE names them. */
const SDN_ID = /^[A-Za-z][A-Za-z0-9]{0,6}[A-Za-z0-9]$/;
const LARGEST_TAG = 16_777_215;
const CIDR = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;
const NKEY = /^U[A-Z2-7]{55}$/;

export class CreateSiteDto {
  @ApiProperty({ type: 'string', pattern: LABEL.source, example: 'lab-1' })
  @Matches(LABEL, {
    message: '$property must be a DNS label: lower-case letters, digits and inner hyphens, at most 63',
  })
  name!: string;

  @ApiPropertyOptional({
    type: 'string',
    enum: ['vlan', 'sdn'],
    default: 'vlan',
    description:
      'How networks of ranges are kept apart: as tags on a bridge, or each as a VNet of a zone. Holds for ranges made from now on.',
  })
  @IsOptional()
  @IsIn(['vlan', 'sdn'])
  networkMode?: 'vlan' | 'sdn';

  @ApiPropertyOptional({
    type: 'string',
    example: 'vmbr1',
    description: 'VLAN-aware bridge of every host that carries the tags. Needed in the mode `vlan`.',
  })
  @IsOptional()
  @Matches(HYPERVISOR_NAME)
  bridge?: string;

  @ApiPropertyOptional({
    type: 'string',
    pattern: SDN_ID.source,
    example: 'ranges',
    description: 'VXLAN, VLAN or QinQ zone that the VNets are made in. Needed in the mode `sdn`.',
  })
  @IsOptional()
  @Matches(SDN_ID)
  sdnZone?: string;

  @ApiPropertyOptional({
    type: 'string',
    description: 'Resource pool that VMs are put in; the token needs rights on it alone.',
  })
  @IsOptional()
  @Matches(HYPERVISOR_NAME)
  pool?: string;

  @ApiProperty({ type: 'integer', minimum: 100, maximum: 999999999 })
  @IsInt()
  @Min(100)
  @Max(999_999_999)
  vmIdFirst!: number;

  @ApiProperty({ type: 'integer', minimum: 100, maximum: 999999999 })
  @IsInt()
  @Min(100)
  @Max(999_999_999)
  vmIdLast!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: LARGEST_TAG,
    description: 'First tag of the pool. Above 4094 only in a VXLAN zone.',
  })
  @IsInt()
  @Min(1)
  @Max(LARGEST_TAG)
  vlanFirst!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: LARGEST_TAG,
    description: 'Last tag of the pool. Above 4094 only in a VXLAN zone.',
  })
  @IsInt()
  @Min(1)
  @Max(LARGEST_TAG)
  vlanLast!: number;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string' },
    example: ['10.0.0.0/24'],
    description: 'Networks in CIDR notation that ranges must not use.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(CIDR, { each: true, message: 'each of $property must be an IPv4 network such as 10.0.0.0/24' })
  reservedNetworks?: string[];

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 4,
    description: 'Steps that may load one host at once.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  hostSlots?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: 8,
    description: 'Steps that may load one storage at once.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  storageSlots?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 10000,
    default: 50,
    description: 'Jobs that run at once; others wait.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  runningJobsLimit?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: 1048576,
    default: 1024,
    description: 'Memory of each host that no node gets.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_048_576)
  hostReservedMiB?: number;

  @ApiPropertyOptional({ type: 'string', description: 'Public user NKey of the agent.' })
  @IsOptional()
  @Matches(NKEY)
  agentPublicKey?: string;
}

/** What is left out stays as it is. */
export class ChangeSiteDto extends PartialType(CreateSiteDto) {}

export class TemplateDto {
  @ApiProperty({
    type: 'string',
    example: 'debian-12',
    description: 'What blueprints call it. Copies on several hosts share the name.',
  })
  @Matches(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/)
  name!: string;

  @ApiProperty({ type: 'integer', minimum: 100, maximum: 999999999 })
  @IsInt()
  @Min(100)
  @Max(999_999_999)
  vmId!: number;

  @ApiProperty({ type: 'string', description: 'Host that holds it.' })
  @Matches(HYPERVISOR_NAME)
  host!: string;

  @ApiProperty({ type: 'string' })
  @Matches(HYPERVISOR_NAME)
  storage!: string;

  @ApiProperty({ type: 'boolean', description: 'Whether every host can clone it.' })
  @IsBoolean()
  shared!: boolean;

  @ApiProperty({ type: 'string', enum: ['linux', 'windows', 'other'] })
  @IsIn(['linux', 'windows', 'other'])
  os!: 'linux' | 'windows' | 'other';

  @ApiProperty({ type: 'boolean', description: 'Whether the guest agent is installed.' })
  @IsBoolean()
  guestAgent!: boolean;

  @ApiProperty({ type: 'integer', minimum: 16 })
  @IsInt()
  @Min(16)
  @Max(16_777_216)
  memoryMiB!: number;

  @ApiProperty({ type: 'integer', minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(131_072)
  diskGiB!: number;
}

export class TemplateCatalogueDto {
  @ApiProperty({ type: () => [TemplateDto] })
  @IsArray()
  @ArrayMaxSize(2_000)
  @ValidateNested({ each: true })
  @Type(() => TemplateDto)
  templates!: TemplateDto[];
}

export class GrantDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  @IsUUID()
  tenantId!: string;
}

/** What can be proven of templates: `boot` clones each of them for a moment. */
export const TEMPLATE_PROOFS = ['boot'] as const;

/** What a look at a site takes. */
export class SiteJobOptions {
  @ApiPropertyOptional({ type: 'integer', minimum: 10, maximum: 3600 })
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(3_600)
  deadlineSeconds?: number;
}

export class CheckSiteDto extends SiteJobOptions {
  @ApiPropertyOptional({
    enum: TEMPLATE_PROOFS,
    type: 'string',
    description:
      'boot: clone each template for a moment, start it, wait for its guest agent, and ask whether it can be snapshotted.',
  })
  @IsOptional()
  @IsIn(TEMPLATE_PROOFS)
  templates?: (typeof TEMPLATE_PROOFS)[number];
}
