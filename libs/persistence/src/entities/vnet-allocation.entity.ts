import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VNet name in use. It is given back when an inventory after `releasedAt` shows neither a VNet nor a NIC of that name. */
@Entity('vnet_allocation')
@Index('vnet_allocation_range', ['rangeId'])
@Check('vnet_allocation_name', `vnet ~ '^[a-z][a-z0-9]{1,7}$'`)
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'vnet_allocation_site_id_fkey' })
export class VnetAllocationEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly vnet!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ name: 'released_at', type: 'timestamptz', nullable: true })
  readonly releasedAt!: Date | null;
}
