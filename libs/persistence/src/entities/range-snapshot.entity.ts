import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

import { RangeEntity } from './range.entity';

/** A snapshot of a node. */
@Entity('range_snapshot')
@Unique('range_snapshot_name', ['rangeId', 'node', 'name'])
@ForeignKey(() => RangeEntity, ['tenantId', 'rangeId'], ['tenantId', 'id'], { name: 'range_snapshot_in_range' })
export class RangeSnapshotEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ type: 'text' })
  readonly node!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text', default: '' })
  readonly description!: string;

  @Column({ type: 'boolean', default: false })
  readonly memory!: boolean;

  @Column({ name: 'job_id', type: 'uuid' })
  readonly jobId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
