import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';
import { TenantEntity } from './tenant.entity';

/** Opens a site to a tenant. */
@Entity('site_grant')
@Index('site_grant_tenant', ['tenantId'])
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_grant_site_id_fkey' })
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'site_grant_tenant_id_fkey' })
export class SiteGrantEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
