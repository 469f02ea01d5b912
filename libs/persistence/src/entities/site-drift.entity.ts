import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A difference between marked VMs and rows that the last reconcile found. */
@Entity('site_drift')
@Index('site_drift_of_range', ['rangeId'])
@Check('site_drift_kind', `kind IN ('missing', 'changed', 'foreign', 'orphan')`)
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_drift_site_id_fkey' })
export class SiteDriftEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'vm_id', type: 'integer' })
  readonly vmId!: number;

  @PrimaryColumn({ type: 'text' })
  readonly kind!: string;

  @Column({ name: 'tenant_id', type: 'uuid', nullable: true })
  readonly tenantId!: string | null;

  @Column({ name: 'range_id', type: 'uuid', nullable: true })
  readonly rangeId!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly node!: string | null;

  @Column({ type: 'text' })
  readonly detail!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  readonly since!: Date;
}
