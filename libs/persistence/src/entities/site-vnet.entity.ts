import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VNet as the last picture shows it, with its mark when it has one. */
@Entity('site_vnet')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_vnet_site_id_fkey' })
export class SiteVnetEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly zone!: string;

  @Column({ type: 'integer', nullable: true })
  readonly tag!: number | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly mark!: unknown;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  readonly observedAt!: Date;
}
