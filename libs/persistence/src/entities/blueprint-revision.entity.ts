import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { BlueprintEntity } from './blueprint.entity';

/** One immutable state of a blueprint. */
@Entity('blueprint_revision')
@ForeignKey(() => BlueprintEntity, ['tenantId', 'blueprintId'], ['tenantId', 'id'], {
  name: 'blueprint_revision_of_blueprint',
})
export class BlueprintRevisionEntity {
  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @PrimaryColumn({ name: 'blueprint_id', type: 'uuid' })
  readonly blueprintId!: string;

  @PrimaryColumn({ type: 'integer' })
  readonly revision!: number;

  @Column({ type: 'text' })
  readonly digest!: string;

  @Column({ name: 'schema_version', type: 'integer' })
  readonly schemaVersion!: number;

  @Column({ name: 'media_type', type: 'text' })
  readonly mediaType!: string;

  @Column({ type: 'text' })
  readonly source!: string;

  @Column({ type: 'jsonb' })
  readonly normalised!: unknown;

  @Column({ name: 'node_count', type: 'integer' })
  readonly nodeCount!: number;

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
