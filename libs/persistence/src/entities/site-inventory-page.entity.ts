import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** A page of an inventory whose last page has not come yet. */
@Entity('site_inventory_page')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_inventory_page_site_id_fkey' })
export class SiteInventoryPageEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @PrimaryColumn({ name: 'inventory_id', type: 'uuid' })
  readonly inventoryId!: string;

  @PrimaryColumn({ type: 'integer' })
  readonly page!: number;

  @Column({ type: 'jsonb' })
  readonly content!: unknown;

  @Column({ name: 'received_at', type: 'timestamptz', default: () => 'now()' })
  readonly receivedAt!: Date;
}
