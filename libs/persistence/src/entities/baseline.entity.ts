import type { BaselineMode, BaselineState } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { RangeEntity } from './range.entity';

/** A state that a range returns to: one snapshot of the same name on each of its nodes, and what they must look like then. */
@Entity('baseline')
@Unique('baseline_name', ['rangeId', 'name'])
@Index('baseline_current', ['rangeId'], { unique: true, where: 'is_current' })
@Check('baseline_mode', `mode IN ('disk', 'memory')`)
@Check('baseline_state', `state IN ('creating', 'ready', 'removing', 'incomplete')`)
@ForeignKey(() => RangeEntity, ['tenantId', 'rangeId'], ['tenantId', 'id'], { name: 'baseline_in_range' })
export class BaselineEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text', default: '' })
  readonly description!: string;

  @Column({ type: 'text' })
  readonly mode!: BaselineMode;

  @Column({ type: 'text' })
  readonly snapshot!: string;

  @Column({ type: 'text' })
  readonly state!: BaselineState;

  @Column({ name: 'is_current', type: 'boolean', default: false })
  readonly isCurrent!: boolean;

  @Column({ type: 'jsonb', default: () => `'{}'` })
  readonly power!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  readonly manifest!: unknown;

  @Column({ type: 'text', nullable: true })
  readonly digest!: string | null;

  @Column({ name: 'job_id', type: 'uuid' })
  readonly jobId!: string;

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'ready_at', type: 'timestamptz', nullable: true })
  readonly readyAt!: Date | null;
}
