import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A storage as the last inventory saw it. */
@Entity('site_storage')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_storage_site_id_fkey' })
export class SiteStorageEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'boolean' })
  readonly shared!: boolean;

  @Column({ type: 'text', array: true })
  readonly hosts!: string[];

  @Column({ name: 'total_gib', type: 'integer' })
  readonly totalGib!: number;

  @Column({ name: 'free_gib', type: 'integer' })
  readonly freeGib!: number;

  @Column({ type: 'boolean' })
  readonly snapshots!: boolean;

  @Column({ name: 'linked_clones', type: 'boolean' })
  readonly linkedClones!: boolean;

  @Column({ name: 'newest_only', type: 'boolean', default: false })
  readonly newestOnly!: boolean;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  readonly observedAt!: Date;
}
