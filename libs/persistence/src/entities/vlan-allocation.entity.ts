import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VLAN tag in use. It is given back when an inventory after `releasedAt` shows no NIC on it. */
@Entity('vlan_allocation')
@Index('vlan_allocation_range', ['rangeId'])
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'vlan_allocation_site_id_fkey' })
export class VlanAllocationEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'vlan_tag', type: 'integer' })
  readonly vlanTag!: number;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ name: 'released_at', type: 'timestamptz', nullable: true })
  readonly releasedAt!: Date | null;
}
