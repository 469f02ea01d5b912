import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VNet with our mark that no row accounts for. */
@Entity('site_vnet_orphan')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_vnet_orphan_site_id_fkey' })
export class SiteVnetOrphanEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly detail!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  readonly since!: Date;
}
