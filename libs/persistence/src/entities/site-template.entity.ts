import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A copy of a template on a host of a site. */
@Entity('site_template')
@Check('site_template_os', `os IN ('linux', 'windows', 'other')`)
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_template_site_id_fkey' })
export class SiteTemplateEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'vm_id', type: 'integer' })
  readonly vmId!: number;

  @PrimaryColumn({ type: 'text' })
  readonly host!: string;

  @Column({ type: 'text' })
  readonly storage!: string;

  @Column({ type: 'boolean' })
  readonly shared!: boolean;

  @Column({ type: 'text' })
  readonly os!: string;

  @Column({ name: 'guest_agent', type: 'boolean' })
  readonly guestAgent!: boolean;

  @Column({ name: 'memory_mib', type: 'integer' })
  readonly memoryMib!: number;

  @Column({ name: 'disk_gib', type: 'integer' })
  readonly diskGib!: number;
}
