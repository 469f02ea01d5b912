import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';
import { TenantEntity } from './tenant.entity';

/** Slot-milliseconds that a tenant has had beyond its turn at a site. */
@Entity('tenant_turn')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'tenant_turn_site_id_fkey' })
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'tenant_turn_tenant_id_fkey' })
export class TenantTurnEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'deficit_ms', type: 'bigint', default: 0 })
  readonly deficitMs!: string;

  @Column({ name: 'served_at', type: 'timestamptz', default: () => 'now()' })
  readonly servedAt!: Date;
}
