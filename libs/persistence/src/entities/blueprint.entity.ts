import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { TenantEntity } from './tenant.entity';

/** A named description of a range; its content is in its revisions. */
@Entity('blueprint')
@Index('blueprint_name', ['tenantId', 'name'], { unique: true, where: 'deleted_at IS NULL' })
@Unique('blueprint_in_tenant', ['tenantId', 'id'])
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'blueprint_tenant_id_fkey' })
export class BlueprintEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'latest_revision', type: 'integer' })
  readonly latestRevision!: number;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  readonly updatedAt!: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  readonly deletedAt!: Date | null;
}
