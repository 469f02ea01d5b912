import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A zone of software-defined networks, as the last picture shows it. */
@Entity('site_zone')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_zone_site_id_fkey' })
export class SiteZoneEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly type!: string;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  readonly observedAt!: Date;
}
