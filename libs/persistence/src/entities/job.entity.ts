import type { JobKind, JobState } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { RangeEntity } from './range.entity';
import { SiteEntity } from './site.entity';
import { TenantEntity } from './tenant.entity';

/** What a client asked for, and how far it is. */
@Entity('job')
@Index('job_active', ['siteId', 'createdAt', 'id'], { where: `state IN ('pending', 'running')` })
@Index('job_begun', ['siteId', 'tenantId', 'startedAt'])
@Index('job_deadline', ['deadlineAt'], { where: `state IN ('pending', 'running')` })
@Index('job_ended', ['siteId', 'endedAt'], { where: `state = 'succeeded'` })
@Index('job_list', ['tenantId', 'id'])
@Index('job_of_range_list', ['rangeId', 'id'])
@Index('job_one_changing_per_range', ['rangeId'], {
  unique: true,
  where: `range_id IS NOT NULL AND state IN ('pending', 'running') AND NOT queued`,
})
@Index('job_queued', ['rangeId', 'id'], { where: `queued AND state = 'pending'` })
@Unique('job_in_tenant', ['tenantId', 'id'])
@Check('job_phase', `phase IN ('plan', 'forward', 'drain', 'compensate', 'ended')`)
@Check('job_state', `state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')`)
@ForeignKey(() => RangeEntity, ['tenantId', 'rangeId'], ['tenantId', 'id'], { name: 'job_of_range' })
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'job_site_id_fkey' })
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'job_tenant_id_fkey' })
export class JobEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid', nullable: true })
  readonly rangeId!: string | null;

  @Column({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'text' })
  readonly kind!: JobKind;

  @Column({ name: 'kind_version', type: 'integer', default: 1 })
  readonly kindVersion!: number;

  @Column({ type: 'text' })
  readonly state!: JobState;

  @Column({ type: 'integer', default: 1 })
  readonly attempt!: number;

  @Column({ type: 'jsonb', default: () => `'{}'` })
  readonly params!: unknown;

  @Column({ type: 'text', default: 'plan' })
  readonly phase!: string;

  @Column({ name: 'steps_total', type: 'integer', default: 0 })
  readonly stepsTotal!: number;

  @Column({ name: 'steps_done', type: 'integer', default: 0 })
  readonly stepsDone!: number;

  @Column({ name: 'steps_failed', type: 'integer', default: 0 })
  readonly stepsFailed!: number;

  @Column({ type: 'jsonb', nullable: true })
  readonly error!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  readonly result!: unknown;

  @Column({ name: 'cancel_requested_at', type: 'timestamptz', nullable: true })
  readonly cancelRequestedAt!: Date | null;

  @Column({ name: 'deadline_at', type: 'timestamptz' })
  readonly deadlineAt!: Date;

  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  readonly dueAt!: Date | null;

  @Column({ name: 'last_event_number', type: 'bigint', default: 0 })
  readonly lastEventNumber!: string;

  @Column({ type: 'text', nullable: true })
  readonly traceparent!: string | null;

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  readonly startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  readonly endedAt!: Date | null;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  readonly changedAt!: Date;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ type: 'integer', default: 1 })
  readonly stage!: number;

  @Column({ type: 'boolean', default: false })
  readonly queued!: boolean;

  @Column({ name: 'estimated_end_at', type: 'timestamptz', nullable: true })
  readonly estimatedEndAt!: Date | null;

  @Column({ name: 'estimated_at', type: 'timestamptz', nullable: true })
  readonly estimatedAt!: Date | null;
}
