import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A host as the last inventory saw it. */
@Entity('site_host')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_host_site_id_fkey' })
export class SiteHostEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'boolean' })
  readonly online!: boolean;

  @Column({ type: 'integer' })
  readonly cpus!: number;

  @Column({ name: 'memory_mib', type: 'integer' })
  readonly memoryMib!: number;

  @Column({ name: 'memory_free_mib', type: 'integer' })
  readonly memoryFreeMib!: number;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  readonly observedAt!: Date;
}
