import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A VM as the last inventory saw it. */
@Entity('site_vm')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_vm_site_id_fkey' })
export class SiteVmEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'vm_id', type: 'integer' })
  readonly vmId!: number;

  @Column({ type: 'text' })
  readonly host!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly state!: string;

  @Column({ type: 'boolean' })
  readonly template!: boolean;

  @Column({ type: 'text', nullable: true })
  readonly lock!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly mark!: unknown;

  @Column({ name: 'memory_mib', type: 'integer' })
  readonly memoryMib!: number;

  @Column({ type: 'jsonb', default: () => `'[]'` })
  readonly nics!: unknown;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  readonly observedAt!: Date;
}
