import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** The highest sequence issued for a target; a command that carries less has been overtaken. */
@Entity('target_sequence')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'target_sequence_site_id_fkey' })
export class TargetSequenceEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly target!: string;

  @Column({ type: 'bigint' })
  readonly last!: string;
}
