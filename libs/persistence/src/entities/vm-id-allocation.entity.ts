import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VM id in use. It is given back when an inventory after `releasedAt` shows nothing on it. */
@Entity('vm_id_allocation')
@Index('vm_id_allocation_range', ['rangeId'])
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'vm_id_allocation_site_id_fkey' })
export class VmIdAllocationEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'vm_id', type: 'integer' })
  readonly vmId!: number;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ name: 'released_at', type: 'timestamptz', nullable: true })
  readonly releasedAt!: Date | null;
}
